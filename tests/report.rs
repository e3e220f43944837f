//! The report: well-formed, complete, self-contained, and true.

use roxmltree::{Document, Node, ParsingOptions};
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;
use sublevel::certificate::{Layer, Record};
use sublevel::example::integers;
use sublevel::path::to_matrix;
use sublevel::report::{GalleryEntry, Inspector, PRECISIONS, Page, Pair, PairError, PairReport, Table, gallery};
use sublevel::suite::{CARRIED, Instance, MUTANT_HEAD, Options, RECORDS, Row, run};

fn entries() -> &'static [GalleryEntry] {
    static GALLERY: OnceLock<Vec<GalleryEntry>> = OnceLock::new();
    GALLERY.get_or_init(|| gallery().unwrap())
}

fn carried(name: &str) -> Instance {
    CARRIED.iter().find(|pair| pair.name == name).unwrap().instance()
}

fn report_of(instance: &Instance) -> Result<PairReport, PairError> {
    let Instance { name, problem, from, to, loss, .. } = instance;
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
    let barrier = pair.profile.line.iter().map(|sample| sample.loss).fold(0.0, f64::max);
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

/// A line that gives some columns of a layer only: the others stay, and the next line starts from what it left.
#[test]
fn an_inspection_reads_lines_of_some_columns() {
    let layer = |rows, entries: &[i32], bias: &[i32], columns: Option<&[usize]>| Layer {
        weight: Some(to_matrix(&integers(rows, entries.len() / rows, entries))),
        bias: Some(to_matrix(&integers(1, bias.len(), bias))),
        columns: columns.map(<[usize]>::to_vec),
    };
    let line = |entries, bias, columns| Record::Line { layers: [(1, layer(2, entries, bias, columns))].into() };
    let mut inspector = Inspector::default();
    let start = [(1, layer(2, &[1, 2, 3, 4, 5, 6], &[7, 8, 9], None)), (2, layer(3, &[1, 1, 1], &[0], None))];
    assert_eq!(inspector.describe(&Record::Start { layers: start.into() }), Ok(None));
    let mut what = |record| inspector.describe(&record).map(|described| described.unwrap().what);
    assert_eq!(what(line(&[0, 0], &[9], Some(&[2]))), Ok("layer 1: 1 of 3 neurons get new incoming weights".into()));
    let whole = line(&[1, 2, 0, 4, 5, 0], &[7, 8, 1], None);
    assert_eq!(what(whole), Ok("layer 1: 1 of 3 biases change".into()));
    for misfit in [line(&[0, 0], &[0], Some(&[3])), line(&[0, 0], &[0], Some(&[0, 1])), line(&[0, 0], &[0], None)] {
        assert_eq!(what(misfit), Err("layer 1 changes its shape".into()));
    }
}
