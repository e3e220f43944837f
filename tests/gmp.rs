//! The checker with GMP's integers and with its own.

use sublevel::arith::RUG;
use sublevel::certificate::{Claim, Reader};
use sublevel::checker::{Expected, Verdict, check, check_with};
use sublevel::linalg::Exact;
use sublevel::statement::connect;
use sublevel::suite::{CARRIED, certificate};

/// The carried networks: up to thousands of bits, lines and follows.
#[test]
fn trained_networks_get_one_verdict() {
    for pair in &CARRIED {
        let instance = pair.instance();
        let path = connect(&Exact, &instance.problem, &instance.from, &instance.to, None).unwrap().path;
        let bytes = certificate(&instance, Claim::Connected, &path);
        let verdict = check(Reader::new(&bytes[..]), &Expected::default(), &mut |_| {});
        assert_eq!(check_with(RUG, Reader::new(&bytes[..]), &Expected::default(), &mut |_| {}), verdict);
        let Verdict::Valid(statement) = verdict else { panic!("{}", pair.name) };
        assert!(statement.bits > 500, "{}: {}", pair.name, statement.bits);
    }
}
