//! Which arithmetic is chosen, and that the two agree where integers are wide.

use crate::{build::*, check_bytes};
use sublevel::{
    certificate::{Claim, Problem, Reader},
    checker::*,
    linalg::Exact,
    statement::connect,
    suite::{CARRIED, certificate},
};

/// A problem with N samples and these widths.
fn problem(samples: usize, widths: &[usize]) -> Problem {
    let inputs = matrix(&vec![[1]; samples]);
    let (claim, statement) = (Claim::Connected, "test".into());
    Problem { claim, statement, widths: widths.to_vec(), activation: relu(), inputs, loss: None }
}

#[test]
fn long_checks_are_left_to_rug() {
    let choice = |samples, widths: &[usize]| Arithmetic::for_problem(&problem(samples, widths));
    // One hidden layer of width 2N: 5 moves, 5 · 10² · 2N³ steps.
    assert_eq!(choice(1000, &[1, 2000, 10]), Arithmetic::NumRational);
    assert_eq!(choice(1001, &[1, 2002, 10]), Arithmetic::Rug);
    // Without spare neurons there are 4 + N moves.
    assert_eq!(choice(300, &[1, 300, 10]), Arithmetic::NumRational);
    assert_eq!(choice(400, &[1, 600, 10]), Arithmetic::NumRational);
    assert_eq!(choice(400, &[1, 400, 10]), Arithmetic::Rug);
    // Features of the first layer are short; those of later ones are not.
    assert_eq!(choice(1000, &[2000, 10]), Arithmetic::NumRational);
    assert_eq!(choice(200, &[1, 400, 400, 400, 10]), Arithmetic::Rug);
    assert_eq!(choice(1, &[]), Arithmetic::NumRational);
    let barrier = Problem { claim: Claim::Barrier, ..problem(1001, &[1, 2002, 10]) };
    assert_eq!(Arithmetic::for_problem(&barrier), Arithmetic::NumRational);
}

#[test]
fn the_choice_is_reported() {
    let answer = |arithmetic, text: &str| {
        check_with(arithmetic, Reader::new(text.as_bytes()), &Expected::default(), &mut |_| {}).1
    };
    let text = Sheet::new(relu(), matrix(&[[1]]), [both(&[[0]], [1])], &[]).text();
    assert_eq!(answer(None, &text), Arithmetic::NumRational);
    assert_eq!(answer(Some(Arithmetic::Rug), &text), Arithmetic::Rug);
    assert_eq!(answer(Some(Arithmetic::Rug), ""), Arithmetic::Rug);
}

#[test]
fn names_are_read_back() {
    for arithmetic in [Arithmetic::NumRational, Arithmetic::Rug] {
        assert_eq!(arithmetic.to_string().parse(), Ok(arithmetic));
    }
    let unknown = UnknownArithmetic { found: "GMP".into() };
    assert_eq!("GMP".parse::<Arithmetic>(), Err(unknown));
}

/// The carried networks: up to thousands of bits, lines and follows.
#[test]
fn trained_networks_get_one_verdict() {
    for pair in &CARRIED {
        let instance = pair.instance();
        let path = connect(&Exact, &instance.problem, &instance.from, &instance.to, None).unwrap().path;
        let bytes = certificate(&instance, Claim::Connected, &path);
        let Verdict::Valid(statement) = check_bytes(&bytes, &Expected::default()) else { panic!("{}", pair.name) };
        assert!(statement.bits > 500, "{}: {}", pair.name, statement.bits);
    }
}
