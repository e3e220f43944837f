//! The report and the gallery: well-formed, complete, self-contained, and true.

use nalgebra::DMatrix;
use roxmltree::{Document, Node, ParsingOptions};
use rug::Rational;
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;
use sublevel::linalg::Exact;
use sublevel::network::{Activation, Loss, Parameters};
use sublevel::report::{GalleryEntry, PRECISIONS, Page, Pair, PairError, PairReport, Table, compare, gallery};
use sublevel::statement::disconnection::{independent_targets, two_samples};
use sublevel::statement::skip_product::SkipProduct;
use sublevel::statement::stuck_flow::StuckFlow;
use sublevel::statement::tail_valleys::TailFunction;
use sublevel::statement::{Problem, Theorem};
use sublevel::suite::{CARRIED, Instance, MUTANT_HEAD, Options, RECORDS, Row, run};

fn q(numerator: i64, denominator: i64) -> Rational {
    Rational::from((numerator, denominator))
}

fn matrix(rows: usize, columns: usize, entries: &[i64]) -> DMatrix<Rational> {
    DMatrix::from_row_slice(rows, columns, entries).map(Rational::from)
}

fn entries() -> &'static [GalleryEntry] {
    static GALLERY: OnceLock<Vec<GalleryEntry>> = OnceLock::new();
    GALLERY.get_or_init(|| gallery().unwrap())
}

fn entry(key: &str) -> &'static GalleryEntry {
    entries().iter().find(|entry| entry.key == key).unwrap()
}

fn value(key: &str, name: &str) -> &'static str {
    let numbers = &entry(key).numbers;
    &numbers.iter().find(|number| number.0 == name).unwrap_or_else(|| panic!("{key}: {name}")).1
}

fn carried(name: &str) -> Instance {
    CARRIED.iter().find(|pair| pair.name == name).unwrap().instance()
}

fn report_of(instance: &Instance) -> Result<PairReport, PairError> {
    let Instance { name, problem, from, to, loss } = instance;
    Pair { name, problem, from, to, loss }.report()
}

/// A page of one carried pair, the whole gallery, and a failure with every character that has to be escaped.
fn page() -> &'static (String, PairReport) {
    static PAGE: OnceLock<(String, PairReport)> = OnceLock::new();
    PAGE.get_or_init(|| {
        let pair = report_of(&carried("independent-32")).unwrap();
        let options = Options { seed: 1, cases: 1, statement: Some("mutants".into()) };
        let suite = run(&options, &AtomicBool::new(false), |_| {});
        let page = Page {
            statements: Table {
                head: Row::HEAD.map(str::to_owned).to_vec(),
                rows: suite.rows().iter().map(|row| row.cells().to_vec()).collect(),
            },
            mutants: Table {
                head: MUTANT_HEAD.map(str::to_owned).to_vec(),
                rows: suite.mutant_rows().iter().map(|row| row.to_vec()).collect(),
            },
            conclusion: "one trial".into(),
            failures: vec!["1 < 2 & \"3\" > 2".into()],
            pairs: std::slice::from_ref(&pair),
            gallery: entries(),
        };
        (page.render().unwrap(), pair.clone())
    })
}

fn parse(html: &str) -> Document<'_> {
    Document::parse_with_options(html, ParsingOptions { allow_dtd: true, ..ParsingOptions::default() }).unwrap()
}

fn by_id<'a, 'b>(document: &'a Document<'b>, id: &str) -> Node<'a, 'b> {
    document.descendants().find(|node| node.attribute("id") == Some(id)).unwrap_or_else(|| panic!("no element {id}"))
}

fn pictures(node: Node) -> usize {
    let drawn = |node: &Node| node.has_tag_name("svg") && node.descendants().filter(Node::is_element).count() > 10;
    node.descendants().filter(drawn).count()
}

#[test]
fn the_page_is_well_formed_and_every_picture_is_in_it() {
    let (html, pair) = page();
    let document = parse(html);
    assert!(pair.map.is_some());
    // The losses, the certified barrier of the straight line, the map, the bits.
    assert_eq!(pictures(by_id(&document, &pair.name)), 4);
    let line = &pair.line;
    let sampled = line.samples.iter().map(|&(_, loss)| loss).fold(0.0, f64::max);
    assert!(sampled <= line.barrier.maximum.upper && line.barrier.maximum.lower <= line.barrier.maximum.upper);
    for entry in entries() {
        assert_eq!(pictures(by_id(&document, entry.key)), 1, "{}", entry.key);
    }
    assert_eq!(document.descendants().filter(|node| node.has_tag_name("svg")).count(), 4 + entries().len());
    let labelled = |node: &Node| node.attribute("aria-label").is_some_and(|label| !label.is_empty());
    assert!(document.descendants().filter(|node| node.has_tag_name("svg")).all(|node| labelled(&node)));
    let failure = by_id(&document, "statements").descendants().find(|node| node.has_tag_name("li")).unwrap();
    assert_eq!(failure.text(), Some("1 < 2 & \"3\" > 2"));
}

#[test]
fn the_tables_have_as_many_cells_as_columns() {
    let (html, pair) = page();
    let document = parse(html);
    for id in ["statements", "drift"] {
        let count = |node: Node, tag: &str| node.descendants().filter(|cell| cell.has_tag_name(tag)).count();
        let section = by_id(&document, id);
        let rows: Vec<usize> = section
            .descendants()
            .filter(|node| node.has_tag_name("tr") && count(*node, "td") > 0)
            .map(|row| count(row, "td"))
            .collect();
        assert_eq!(rows, [count(section, "th")], "{id}");
    }
    assert_eq!(pair.floats.len(), 1 + PRECISIONS.len());
    let mutants = by_id(&document, "mutants");
    let rows: Vec<Vec<&str>> = mutants
        .descendants()
        .filter(|node| node.has_tag_name("tr"))
        .map(|row| row.children().filter_map(|cell| cell.text()).collect())
        .collect();
    assert_eq!(rows[0], MUTANT_HEAD);
    let sum = |column: usize| rows[1..rows.len() - 1].iter().map(|row| row[column].parse::<usize>().unwrap()).sum();
    let total = [sum(1), sum(2), sum(3)].map(|sum: usize| sum.to_string());
    assert_eq!(rows[rows.len() - 1][1..], total);
    assert!(rows[1..rows.len() - 1].iter().all(|row| row.len() == 4 && RECORDS.contains(&row[0])), "{rows:?}");
}

#[test]
fn the_page_needs_nothing_but_itself() {
    let (html, _) = page();
    for word in ["http:", "https:", "src=", "url(", "@import", "<script", "<link", "<iframe"] {
        assert!(!html.contains(word), "{word}");
    }
    let document = parse(html);
    let links = document.descendants().filter_map(|node| node.attribute("href"));
    for link in links {
        by_id(&document, link.strip_prefix('#').unwrap());
    }
}

#[test]
fn both_faces_define_every_colour_that_pictures_use() {
    let (html, _) = page();
    let (_, dark) = html.split_once("@media (prefers-color-scheme: dark)").unwrap();
    let (light, _) = html.split_once("@media").unwrap();
    let dark = dark.split_once("* {").unwrap().0;
    for part in html.split("var(").skip(1) {
        let name = part.split_once(')').unwrap().0;
        for face in [light, dark] {
            assert!(face.contains(&format!("{name}: #")), "{name}");
        }
    }
    // White and black of the standalone pictures are gone.
    assert!(!html.contains("\"#FFFFFF\"") && !html.contains("\"#000000\""));
    assert!(html.contains("@media print"));
}

#[test]
fn what_the_pair_reports_is_what_was_certified() {
    let (_, pair) = page();
    assert_eq!(pair.moves.len() + 1, pair.profile.vertices.len());
    assert!(pair.proved.contains("every convex loss"));
    let [low, high] = [&pair.profile.vertices[0], pair.profile.vertices.last().unwrap()];
    let top = low.hi().max(high.hi());
    assert!(pair.profile.vertices.iter().all(|vertex| vertex.lo() <= top));
    // The straight line has a barrier that the path has not, and floats drift the less the more bits they have.
    let barrier = pair.profile.line.iter().map(|point| point.1).fold(0.0, f64::max);
    assert!(barrier > 2.0 * top.to_f64());
    let drifts: Vec<f64> = pair.floats[1..].iter().filter_map(|float| float.drift).collect();
    assert!(drifts.len() > 1 && drifts.windows(2).all(|pair| pair[1] < pair[0]), "{drifts:?}");
    assert!(drifts.iter().all(|drift| *drift > 0.0));
}

#[test]
fn a_pair_that_no_theorem_connects_is_refused_by_name() {
    let mut instance = carried("independent-32");
    instance.problem.activation = "relu".parse().unwrap();
    assert!(matches!(report_of(&instance), Err(PairError::NotConnected { pair, .. }) if pair == "independent-32"));
}

#[test]
fn every_entry_names_a_test_that_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for entry in entries() {
        let (file, function) = entry.test;
        let source = std::fs::read_to_string(root.join(file)).unwrap();
        assert!(source.contains(&format!("fn {function}(")), "{file}: {function}");
        assert!(Document::parse(&entry.picture).is_ok(), "{}", entry.key);
        assert!(!entry.numbers.is_empty() && entry.text.len() > 80);
    }
}

/// The pair of the entry, written down once more.
fn close_samples(k: u32) -> (Problem, [Parameters<Rational>; 2], Loss) {
    let near = Rational::from((1, rug::Integer::from(1) << k));
    let inputs = DMatrix::from_column_slice(4, 1, &[q(0, 1), near, q(1, 1), q(2, 1)]);
    let problem = Problem { activation: Activation::leaky_relu(q(1, 10)), inputs, widths: vec![1, 4, 1] };
    let network =
        |first: &[i64], second: &[i64]| Parameters::new(vec![matrix(2, 4, first), matrix(5, 1, second)]).unwrap();
    let from = network(&[1, -1, 2, 1, 0, 1, -1, -1], &[1, 1, -1, 2, 0]);
    let to = network(&[-1, 1, 1, 3, 1, 0, -1, -4], &[2, -1, 1, 1, -1]);
    (problem, [from, to], Loss::Square(matrix(4, 1, &[0, 1, 0, 1])))
}

#[test]
fn close_samples_break_every_float_kernel_and_not_the_exact_one() {
    let run = |k: u32, precisions: &[u32]| {
        let (problem, [from, to], loss) = close_samples(k);
        compare(&problem, &from, &to, &loss, Theorem::WideLayers, precisions)
    };
    for (row, kernel) in [(1, "double"), (2, "multiprecision-24"), (3, "multiprecision-113")] {
        let name = format!("{kernel}: the first k with a rank decided wrongly");
        let first: u32 = value("close-samples", &name).parse().unwrap();
        let (before, at) = (run(first - 1, &[24, 113]), run(first, &[24, 113]));
        assert!(before[row].same_decisions && before[row].moves.is_some(), "{kernel}");
        assert!(!at[row].same_decisions && at[row].broke.is_some(), "{kernel}");
        assert_eq!(value("close-samples", &format!("{kernel}: what happens there")), at[row].broke.as_ref().unwrap());
        assert_eq!((before[0].drift, at[0].drift), (Some(0.0), Some(0.0)));
    }
    let bits: u32 = value("close-samples", "bits that are enough for k = 60").parse().unwrap();
    let rows = run(60, &[bits - 1, bits]);
    assert!(!rows[2].same_decisions && rows[3].same_decisions);
}

#[test]
fn width_n_connects_what_width_n_minus_1_does_not() {
    let targets = matrix(3, 3, &[1, 0, 0, 0, 1, 0, 0, 0, 1]);
    let activation = Activation::leaky_relu(q(1, 10));
    let below = independent_targets(&Exact, &activation, &matrix(3, 1, &[0, 1, 2]), &targets).unwrap();
    assert_eq!(value("tightness", "width N - 1"), below.verify().unwrap().to_string());
    let widened = |network: &Parameters<Rational>| {
        let first = network.layer(1).as_ref().clone().insert_column(2, q(0, 1));
        let second = network.layer(2).as_ref().clone().insert_row(2, q(0, 1));
        Parameters::new(vec![first, second]).unwrap()
    };
    let (from, to) = (widened(&below.positive), widened(&below.negative));
    let problem = Problem { activation, inputs: below.inputs.clone(), widths: vec![1, 3, 3] };
    let loss = Loss::Square(targets);
    let pair = |problem: &Problem, from: &Parameters<Rational>, to: &Parameters<Rational>| {
        Pair { name: "tight", problem, from, to, loss: &loss }.report()
    };
    let report = pair(&problem, &from, &to).unwrap();
    assert!(report.profile.vertices.iter().all(|vertex| *vertex.hi() == 0));
    assert_eq!(value("tightness", "width N: moves of the certified path"), report.moves.len().to_string());
    assert_eq!(value("tightness", "width N: largest loss on the path"), "0");
    let narrow = Problem { widths: vec![1, 2, 3], ..problem };
    let refused = pair(&narrow, &below.positive, &below.negative);
    assert!(matches!(refused, Err(PairError::NotConnected { reason, .. }) if reason.contains("n_1 = 2 < N = 3")));
}

#[test]
fn the_numbers_are_those_of_the_statements() {
    let levels = two_samples(q(1, 2)).unwrap().verify().unwrap();
    assert_eq!(value("disconnected", "proved"), levels.to_string());
    let stuck = StuckFlow::example().verify().unwrap();
    assert_eq!(value("stuck-flow", "limit of f along the flow in the wedge"), stuck.limit.to_string());
    assert_eq!(value("stuck-flow", "infimum of f"), stuck.infimum.to_string());
    let tails = [
        ("without-minima", TailFunction::without_minima()),
        ("bad-tails", TailFunction::with_bad_tails()),
        ("two-global-valleys", TailFunction::with_two_global_valleys()),
    ];
    for (key, function) in tails {
        assert_eq!(value(key, "f(x)"), function.to_string());
        assert_eq!(value(key, "proved"), function.verify().unwrap().to_string());
    }
    assert_eq!(value("thin-margin", "disconnected for some α, says f64"), "false");
    let product = SkipProduct::new((q(0, 1), q(1, 1)), q(1, 1)).unwrap();
    assert_eq!(value("skip-product", "up to, not including"), product.verify().unwrap().1.to_string());
    assert_eq!(value("empty-region", "x_1 + x_2 where the margin vanishes"), "-4 and 2");
}
