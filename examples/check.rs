//! Check a certificate and print what it proves.
//!
//! `cargo run --release --example check -- FILE.path.jsonl`

use sublevel::certificate::open;
use sublevel::checker::{Expected, check};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::args().nth(1).ok_or("which certificate?")?;
    println!("{}", check(open(file)?, &Expected::default(), &mut |_| {}));
    Ok(())
}
