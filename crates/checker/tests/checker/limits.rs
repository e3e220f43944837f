//! Every limit: within it a certificate is valid, beyond it incomplete, by name; and what made the checker slow is not.

use crate::{
    build::*,
    certificate::{Limit::*, *},
    checker::{Expected, Reason, Undecided, Verdict, check},
};
use num_bigint::BigInt;
use std::io::{BufRead, Read, repeat};

/// The verdict within these limits.
fn within(text: &str, limits: &[(Limit, u64)]) -> Verdict {
    let mut all = Limits::default();
    limits.iter().for_each(|(limit, value)| all.set(*limit, *value));
    check(Reader::with_limits(all, text.as_bytes()), &Expected::default(), &mut |_| {})
}

/// The limit that stopped the check of this record.
fn exceeded(verdict: Verdict, at: usize) -> Exceeded {
    match verdict {
        Verdict::Incomplete { record, reason: Reason::File(ReadError { fault: Fault::Limit(exceeded), .. }) }
        | Verdict::Incomplete { record, reason: Reason::Undecided(Undecided::Limit(exceeded)) } => {
            assert_eq!(record, at);
            exceeded
        }
        other => panic!("{other}"),
    }
}

/// Valid within the limit, incomplete with one less, at this record.
#[track_caller]
fn needs(text: &str, limit: Limit, value: u64, record: usize) {
    assert!(matches!(within(text, &[(limit, value)]), Verdict::Valid(_)), "{limit:?}: {}", within(text, &[]));
    assert_eq!(exceeded(within(text, &[(limit, value - 1)]), record), Exceeded { limit, value: value - 1 });
}

/// Two samples, one input, two neurons whose weights cross the breakpoint while the output rests.
fn small() -> Sheet {
    let layers = [both(&[[1, 1]], [-2, -2]), both(&[[1], [-1]], [0])];
    let both_layers = [(1, bias([3, 3])), (2, both(&[[2], [-2]], [0]))];
    Sheet::new(relu(), matrix(&[[0], [1]]), layers, &[line(both_layers)])
}

#[test]
fn each_limit_is_the_number_that_is_needed() {
    let text = small().text();
    let longest = text.lines().map(str::len).max().unwrap() as u64;
    needs(&text, LineBytes, longest + 1, if text.lines().next().unwrap().len() as u64 == longest { 1 } else { 2 });
    needs(&text, FileBytes, text.len() as u64, 4);
    // 2 samples of 1 + 2 + 1 features, 4 + 3 parameters; the line of the problem has 17 values.
    assert_eq!(exceeded(within(&text, &[(Numbers, 14)]), 1), Exceeded { limit: Numbers, value: 14 });
    needs(&text, Layers, 2, 1);
    needs(&text, MovingLayers, 2, 3);
    needs(&text, Breakpoints, 1, 1);
    // −2 + 5λ and −1 + 5λ, each of two neurons.
    needs(&text, Crossings, 4, 3);
    assert!(matches!(within(&text, &[(Digits, 3)]), Verdict::Valid(_)));
}

/// The output |v| − |v| is 0 throughout, which only small pieces show where v crosses 0: of two products each, and of so
/// many where the same sample stands there so often that machine words take over.
#[test]
fn products_are_those_of_all_pieces() {
    let often = |number: i64, rows: usize| {
        let one = matrix(&[[number]]);
        Matrix { rows, num: vec![one.num[0].clone(); rows], ..one }
    };
    let text = |copies: usize| {
        let layers = [both(&[[-5, -5]], [0, 0]), both(&[[1], [-1]], [0])];
        let moves = [bounded([(1, weight(&[[2, 2]]))], "1/10000")];
        let sheet = Sheet::new(activation(&["0"], &["-1", "1"], "0"), often(1, copies), layers, &moves);
        sheet.loss(Criterion::MeanSquare { targets: often(0, copies) }).claim(Claim::Barrier).text()
    };
    let least = (1..100).find(|&value| matches!(within(&text(1), &[(Products, value)]), Verdict::Valid(_))).unwrap();
    assert!(least > 2);
    needs(&text(1), Products, least, 3);
    // 16 ranges of two pieces each are too few, of 32 enough.
    let (copies, value) = (1 << 15, 32 << 16);
    let text = text(copies);
    assert_eq!(exceeded(within(&text, &[(Products, value)]), 3), Exceeded { limit: Products, value });
    assert!(matches!(within(&text, &[(Products, 16 * value)]), Verdict::Valid(_)));
}

#[test]
fn the_numbers_of_a_network_are_counted_before_they_are_made() {
    // 2 (1 + n + 1) features and 2n + n + 1 parameters, in a file that has to be no longer than its weights.
    let wide = |n: usize| {
        let row = |number: i64| vec![vec![integer(number); n]];
        let of = |rows, cols, num| Matrix::new(rows, cols, integer(1), num).unwrap();
        let layer = |weight, bias| Layer { weight: Some(weight), bias: Some(bias), ..Layer::default() };
        let first = layer(of(1, n, row(1)), of(1, n, row(0)));
        let second = layer(of(n, 1, vec![vec![integer(0)]; n]), of(1, 1, vec![vec![integer(0)]]));
        let mut sheet = Sheet::new(relu(), matrix(&[[0], [1]]), [both(&[[1]], [0]), both(&[[1]], [0])], &[]);
        sheet.problem.widths = vec![1, n, 1];
        sheet.start = [(1, first), (2, second)].into();
        sheet.text()
    };
    needs(&wide(100), Numbers, 4 + 200 + 301, 1);
}

#[test]
fn digits_are_limited_in_the_file_and_on_the_way() {
    // A weight of 20 digits: three layers of it have 60.
    let large = 10i64.pow(18);
    let layer = || both(&[[large]], [0]);
    let text = Sheet::new(relu(), matrix(&[[large]]), [layer(), layer(), layer()], &[]).text();
    assert!(matches!(within(&text, &[(Digits, 73)]), Verdict::Valid(_)));
    assert_eq!(exceeded(within(&text, &[(Digits, 18)]), 1), Exceeded { limit: Digits, value: 18 });
    assert_eq!(exceeded(within(&text, &[(Digits, 40)]), 2), Exceeded { limit: Digits, value: 40 });
    let long = text.replace(&large.to_string(), &format!("1{}", "0".repeat(60_000)));
    assert_eq!(exceeded(within(&long, &[]), 1), Exceeded { limit: Digits, value: 50_000 });
}

/// Short numbers may have long products: 100 × 100 of 80 digits from 200 of 40.
#[test]
fn memory_is_limited_before_it_is_taken() {
    let long = |i: usize| Integer::new(format!("{}{i:03}", "7".repeat(37))).unwrap();
    let of = |rows, cols, num| Matrix::new(rows, cols, integer(1), num).unwrap();
    let layer = |weight, bias| Layer { weight: Some(weight), bias: Some(bias), ..Layer::default() };
    let zeros = |cols: usize| of(1, cols, vec![vec![integer(0); cols]]);
    let mut sheet = Sheet::new(relu(), matrix(&[[0]]), [both(&[[1]], [0]), both(&[[1]], [0])], &[]);
    sheet.problem.inputs = of(100, 1, (0..100).map(|i| vec![long(i)]).collect());
    sheet.problem.widths = vec![1, 100, 1];
    let first = layer(of(1, 100, vec![(0..100).map(long).collect()]), zeros(100));
    sheet.start = [(1, first), (2, layer(of(100, 1, vec![vec![integer(1)]; 100]), zeros(1)))].into();
    // 10,000 pre-activations and 10,000 features of 2 × 133 bits, and 200 outputs as long as those and a bit.
    let text = sheet.text();
    needs(&text, VertexBytes, 20_200 * (32 + 266 / 8), 2);
    sheet.problem.inputs = matrix(&[[1]]);
    assert!(matches!(within(&sheet.text(), &[(VertexBytes, 20_000)]), Verdict::Valid(_)));
}

/// A long last layer makes its outputs long, and not the features of a wide layer below it, which are held already: those
/// of 784-1024-10 with N = 512 took a tenth of what they were once counted as.
#[test]
fn every_level_is_as_long_as_it_is() {
    let of = |rows, cols, entry: &str| {
        let row = vec![Integer::new(entry).unwrap(); cols];
        Matrix::new(rows, cols, integer(1), vec![row; rows]).unwrap()
    };
    let layer = |rows, cols, entry| Layer {
        weight: Some(of(rows, cols, entry)),
        bias: Some(of(1, cols, "0")),
        ..Layer::default()
    };
    let mut sheet = Sheet::new(relu(), matrix(&[[0]]), [both(&[[1]], [0]), both(&[[1]], [0])], &[]);
    sheet.problem.inputs = of(50, 1, "1");
    sheet.problem.widths = vec![1, 100, 1];
    // 5,000 digits are 16,610 bits.
    sheet.start = [(1, layer(1, 100, "1")), (2, layer(100, 1, &"9".repeat(5000)))].into();
    // 50 · 100 pre-activations of a bit, as many features, and 50 outputs, counted twice, as long as a feature and a weight.
    needs(&sheet.text(), VertexBytes, 2 * 5000 * 32 + 2 * 50 * (32 + 16_611 / 8), 2);
}

/// Sums over a common denominator are as long as both denominators, which is asked before they are there: a weight and its
/// new value, and a product with a bias.
#[test]
fn sums_over_a_common_denominator_are_limited() {
    let long = |k: usize| format!("1{}1", "0".repeat(k));
    let over = |den: &str, num: i64| Matrix { den: Integer::new(den).unwrap(), ..matrix(&[[num]]) };
    let bytes = [(VertexBytes, 3000)];
    // A bias over 3,000 digits: 30 sums of 10,000 bits would be 39,000 bytes.
    let copies = Matrix { rows: 30, num: vec![matrix(&[[1]]).num[0].clone(); 30], ..matrix(&[[1]]) };
    let fine = Layer { bias: Some(over(&long(3000), 1)), ..both(&[[1]], [0]) };
    let sheet = Sheet::new(relu(), copies, [fine, both(&[[1]], [0])], &[]);
    assert!(matches!(within(&sheet.text(), &[]), Verdict::Valid(_)), "{}", within(&sheet.text(), &[]));
    assert_eq!(exceeded(within(&sheet.text(), &bytes), 2).limit, VertexBytes);
    // Ten weights that go from 1/(10^1001 + 1) to 1/(10^1002 + 1): 860 bytes each, where a feature takes 450.
    let column = |k| Matrix { den: Integer::new(long(k)).unwrap(), ..matrix(&[[1]; 10]) };
    let weight = |k| Layer { weight: Some(column(k)), ..Layer::default() };
    let start = Layer { bias: Some(matrix(&[[0]])), ..weight(1000) };
    let sheet = Sheet::new(relu(), matrix(&[[0; 10]]), [start, both(&[[1]], [0])], &[line([(1, weight(1001))])]);
    assert!(matches!(within(&sheet.text(), &[]), Verdict::Valid(_)), "{}", within(&sheet.text(), &[]));
    assert_eq!(exceeded(within(&sheet.text(), &[(VertexBytes, 5000)]), 3).limit, VertexBytes);
}

/// Small files whose numbers become long or many on the way, each at another place of the checker: memory is asked for before it is
/// taken, so that none of them ends otherwise.
#[test]
fn small_files_take_no_more_memory_than_is_allowed() {
    let places = [
        // Bernstein coefficients of degree 4 on an interval between long fractions.
        ("bernstein", 20_000, 3),
        // Products of long targets.
        ("gram", 20_000, 1),
        // V and a new V over a long denominator; V and its bias over one.
        ("graphline", 30_000, 3),
        ("stacked", 30_000, 2),
        // Outputs and targets.
        ("loss", 20_000, 2),
        ("minimum", 20_000, 1),
        // 30 pieces with the forms of 30 neurons; a bias over a long denominator.
        ("pieces", 20_000, 1),
        ("regions", 20_000, 1),
        // A loss for each of 100 moves of 30 bytes.
        ("vertices", 20_000, 25),
    ];
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/long");
    for (name, bytes, record) in places {
        let text = std::fs::read_to_string(folder.join(format!("{name}.path.jsonl"))).unwrap();
        assert!(text.len() < bytes as usize, "{name}");
        let free = within(&text, &[]);
        assert!(!matches!(free, Verdict::Incomplete { .. }), "{name}: {free}");
        assert_eq!(exceeded(within(&text, &[(VertexBytes, bytes)]), record).limit, VertexBytes, "{name}");
    }
}

/// What a certificate of an object asks for has names, too.
#[test]
fn objects_are_limited() {
    let text = |name: &str| {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/objects");
        std::fs::read_to_string(folder.join(format!("{name}.path.jsonl"))).unwrap()
    };
    let proved = |verdict: &Verdict| matches!(verdict, Verdict::Proved { .. });
    // Four parts of four vectors of the plane: 4 · 4 · 4 · 2 products.
    let spread = text("spread");
    assert!(proved(&within(&spread, &[(Products, 128)])));
    assert_eq!(exceeded(within(&spread, &[(Products, 127)]), 1), Exceeded { limit: Products, value: 127 });
    // Four entries of W_1 times a factor of 3,000 digits.
    let rescaled = text("rescaled");
    let factor = rescaled.replace("\"factor\":\"2\"", &format!("\"factor\":\"{}\"", "7".repeat(3000)));
    assert!(factor != rescaled && matches!(within(&factor, &[]), Verdict::Invalid { .. }));
    assert_eq!(exceeded(within(&factor, &[(VertexBytes, 5000)]), 1).limit, VertexBytes);
    // Sums of fractions, whose denominators multiply up, and exponentials.
    for name in ["tails", "flow", "points", "zeros", "wall", "enclosure", "kinks", "curvature"] {
        assert!(proved(&within(&text(name), &[])), "{name}");
        assert_eq!(exceeded(within(&text(name), &[(Products, 3)]), 1).limit, Products, "{name}");
    }
}

/// 200 copies of ReLU fall one after another: some 200 · 201 sums, beside 200 · 66 comparisons that sort the shifts.
#[test]
fn looks_at_copies_are_counted() {
    let shifts: Vec<String> = (1..=200).map(|shift| format!("\"{shift}\"")).collect();
    let exclusions: Vec<String> =
        (0..200).map(|copy| format!("{{\"shift\":{copy},\"kink\":\"{}\"}}", copy + 1)).collect();
    let text = format!(
        "{{\"record\":\"object\",\"format\":\"sublevel-path\",\"version\":3,\"claim\":\"refuted\",\"statement\":\"x\",\
         \"object\":{{\"kinks\":{{\"activation\":{{\"breakpoints\":[\"0\"],\"slopes\":[\"0\",\"1\"],\"value\":\"0\"}},\
         \"shifts\":[{}],\"exclusions\":[{}],\"kink\":\"0\"}}}}}}\n{{\"record\":\"end\",\"moves\":0}}\n",
        shifts.join(","),
        exclusions.join(",")
    );
    assert!(matches!(within(&text, &[]), Verdict::Proved { .. }), "{}", within(&text, &[]));
    // Eight bits a shift, and 17 of shift, kink and breakpoint together.
    assert_eq!(exceeded(within(&text, &[(Products, 200_000)]), 1).limit, Products);
}

/// What is held of all blocks, and of all points that wait, is counted together; a series is longer where there are more bits.
#[test]
fn what_adds_up_is_limited() {
    let text = |name: &str| {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/extreme");
        std::fs::read_to_string(folder.join(format!("{name}.path.jsonl"))).unwrap()
    };
    // Maps of 64 × 64 entries between four blocks; twenty points with 1,000 pre-activations.
    for (name, bytes) in [("maps", 250_000), ("points", 600_000)] {
        assert!(matches!(within(&text(name), &[]), Verdict::Valid(_)), "{name}: {}", within(&text(name), &[]));
        assert_eq!(exceeded(within(&text(name), &[(VertexBytes, bytes)]), 3).limit, VertexBytes, "{name}");
    }
    // 36 exponentials of 16,384 bits: some 2,000 terms of 256 words squared each.
    assert_eq!(exceeded(within(&text("bits"), &[(Products, 200_000_000)]), 2).limit, Products);
    // The chord of this move through the kink is −2¹²⁷ over its length.
    assert!(matches!(within(&text("words-bend"), &[]), Verdict::Valid(_)));
}

/// Quotients of neighbouring Fibonacci numbers have the longest continued fractions, which nothing here follows term by term.
#[test]
fn long_continued_fractions_are_compared() {
    let mut terms = [BigInt::from(1), BigInt::from(1)];
    while terms[1].bits() < 20_000 {
        terms = [terms[1].clone(), &terms[0] + &terms[1]];
    }
    let next = &terms[0] + &terms[1];
    // Of neighbouring quotients the first is the smaller one or the larger one, by turns.
    let mut quotients = [[&terms[0], &terms[1]], [&terms[1], &next]];
    if terms[0].clone() * &next > terms[1].clone() * &terms[1] {
        quotients.reverse();
    }
    let texts = quotients.map(|[numer, denom]| format!("{numer}/{denom}"));
    let record = |texts: [&String; 2]| ActivationRecord {
        breakpoints: texts.iter().map(|text| fraction(text)).collect(),
        slopes: ["0", "1", "2"].map(fraction).to_vec(),
        value: fraction("0"),
    };
    let sheet = |texts| Sheet::new(record(texts), matrix(&[[0]]), [both(&[[1]], [0]), both(&[[1]], [0])], &[]);
    sheet([&texts[0], &texts[1]]).is_valid();
    let reversed = within(&sheet([&texts[1], &texts[0]]).text(), &[]);
    assert!(matches!(&reversed, Verdict::Invalid { .. }), "{reversed}");
}

/// Vertices are compared with the ends, and with nothing else: twice as many take twice as long.
#[test]
fn many_vertices_are_no_burden() {
    let moves: Vec<Record> = (0..20_000).map(|k| line([(2, bias([1 + k % 2]))])).collect();
    let sheet = Sheet::new(relu(), matrix(&[[0]]), [both(&[[1]], [0]), both(&[[1]], [2])], &moves)
        .loss(Criterion::MeanSquare { targets: matrix(&[[0]]) })
        .claim(Claim::Descends);
    assert!(matches!(within(&sheet.text(), &[]), Verdict::Valid(_)), "{}", within(&sheet.text(), &[]));
    // Their outputs are kept, 32 bytes each at least, and counted: a move may be fewer bytes of a compressed file.
    assert_eq!(exceeded(within(&sheet.text(), &[(VertexBytes, 100_000)]), 3127).limit, VertexBytes);
}

/// A line without an end, and one of blanks: neither is read to its end.
#[test]
fn a_line_is_not_held_beyond_its_limit() {
    let endless = |byte: u8| std::io::BufReader::new(repeat(byte).take(u64::MAX));
    let mut limits = Limits::default();
    limits.set(LineBytes, 1 << 20);
    let verdict =
        |input: &mut dyn BufRead| check(Reader::with_limits(limits.clone(), input), &Expected::default(), &mut |_| {});
    for byte in [b' ', b'0', b'"'] {
        let exceeded = exceeded(verdict(&mut endless(byte)), 1);
        assert_eq!(exceeded, Exceeded { limit: LineBytes, value: 1 << 20 });
    }
}

/// Breakpoints with as many different denominators: linear work for each, where it was that of a common factor.
#[test]
fn a_thousand_odd_breakpoints_cost_no_common_factors() {
    let odd = |i: usize| 2 * i + 100_001;
    let breakpoints: Vec<_> = (0..1000).map(|i| format!("{}/{}", i * odd(i) + 1, odd(i))).collect();
    let slopes: Vec<_> = (0..1001).map(|i| format!("{}/{}", odd(i) + 1, odd(i))).collect();
    let list = |texts: &[String]| texts.iter().map(String::as_str).map(fraction).collect();
    let bent = ActivationRecord { breakpoints: list(&breakpoints), slopes: list(&slopes), value: fraction("0") };
    let layers = [both(&[[1]], [0]), both(&[[1]], [0])];
    let inputs = matrix(&[[-3], [7], [2000]]);
    Sheet::new(bent.clone(), inputs.clone(), layers.clone(), &[]).is_valid();
    // A bounded move across all of them: no rational arithmetic either.
    let zero = Criterion::Square { targets: matrix(&[[0], [0], [0]]) };
    let moves = [bounded([(1, bias([1]))], "100000000")];
    Sheet::new(bent, inputs, layers, &moves).claim(Claim::Barrier).loss(zero).is_valid();
}

#[test]
fn a_limit_is_raised_by_its_name() {
    let raise = |text: &str| text.parse::<Raise>().map_err(|error| error.to_string());
    for limit in Limit::ALL {
        assert_eq!(raise(&format!("{}=7", limit.name())), Ok(Raise { limit, value: 7 }));
    }
    let names = "line-bytes, file-bytes, digits, numbers, vertex-bytes, layers, moving-layers, degree, breakpoints, crossings, pieces, products";
    for text in ["depth=3", "layers", "layers=", "layers=-1", "layers=1.5", "=4", ""] {
        let expected = format!("`{text}` is not NAME=N with a whole number N and one of these names: {names}");
        assert_eq!(raise(text), Err(expected));
    }
}
