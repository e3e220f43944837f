//! The report: one HTML page that needs nothing but itself.
//!
//! It is XHTML as well, so that any XML parser reads it.

use super::chart::{PlotError, escape, themed};
use super::{FloatPath, GalleryEntry, PairReport};
use std::fmt::Write;

/// A table of words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The names of the columns.
    pub head: Vec<String>,
    /// Each as long as the head.
    pub rows: Vec<Vec<String>>,
}

/// What the page shows.
#[derive(Debug, Clone)]
pub struct Page<'a> {
    /// The statement table.
    pub statements: Table,
    /// What became of certificates changed in one place; without rows if there were none.
    pub mutants: Table,
    /// What came out, in a sentence.
    pub conclusion: String,
    /// The trials that did not come out as they should, in words.
    pub failures: Vec<String>,
    /// The carried pairs.
    pub pairs: &'a [PairReport],
    /// The gallery.
    pub gallery: &'a [GalleryEntry],
}

const STYLE: &str = include_str!("page.css");

const WHAT: &str = "sublevel turns theorems about the loss landscape of neural networks into objects that a computer \
    builds and checks in exact arithmetic. Between two given networks it builds a path, writes it down as a certificate \
    of rational numbers, and a separate small checker proves that nowhere on the path the loss is above the larger one \
    of its two ends: at every point, not at samples. Where a theorem does not apply, or is sharp, or is printed wrongly, \
    it says so with an instance that is checked in the same way.";

impl Page<'_> {
    /// The page as a document.
    ///
    /// # Errors
    /// [`PlotError`] if a picture cannot be drawn.
    pub fn render(&self) -> Result<String, PlotError> {
        let mut html = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n<meta name=\"generator\" content=\"sublevel\"/>\n<meta name=\"viewport\" \
             content=\"width=device-width, initial-scale=1\"/>\n<meta name=\"color-scheme\" content=\"light dark\"/>\n\
             <title>sublevel: the report</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n\
             <h1>sublevel</h1>\n<p class=\"lead\">{WHAT}</p>\n"
        );
        self.contents(&mut html);
        self.statements(&mut html);
        self.mutants(&mut html);
        self.pairs(&mut html)?;
        self.drift(&mut html);
        self.gallery(&mut html);
        html += "</main>\n</body>\n</html>\n";
        Ok(html)
    }

    fn contents(&self, html: &mut String) {
        let links = [
            ("statements", "Statements"),
            ("mutants", "Mutants"),
            ("pairs", "Trained networks"),
            ("drift", "Floats"),
            ("gallery", "Gallery"),
        ];
        let links: Vec<String> = links.iter().map(|(id, name)| format!("<a href=\"#{id}\">{name}</a>")).collect();
        put(html, format_args!("<nav>{}</nav>\n", links.join(" ")));
    }

    fn statements(&self, html: &mut String) {
        put(
            html,
            format_args!("<section id=\"statements\">\n<h2>Statements</h2>\n<p>{}</p>\n", escape(&self.conclusion)),
        );
        *html += "<p>Each row is a statement of the paper \u{201c}On Connected Sublevel Sets in Deep Learning\u{201d} (ICML 2019), the last \
                  one of the checker. \
                  Counts are of instances that came out as they should, of all that were tried: random ones, \
                  adversarial ones, trained networks, and things that have to be refused. The last columns are what floats make of \
                  the same constructions: how far the loss strays above the larger end, relative to it.</p>\n";
        table(html, &self.statements);
        if !self.failures.is_empty() {
            *html += "<h3>What did not come out as it should</h3>\n<ul class=\"failures\">\n";
            self.failures.iter().for_each(|failure| put(html, format_args!("<li>{}</li>\n", escape(failure))));
            *html += "</ul>\n";
        }
        *html += "</section>\n";
    }

    fn mutants(&self, html: &mut String) {
        *html += "<section id=\"mutants\">\n<h2>Certificates changed in one place</h2>\n<p>Valid certificates of every kind of \
                  move, with one number, key or record changed. The checker refuses them, or what it says of them is \
                  still true: another path between the same ends (a dead neuron may move freely), or a bound that still holds. The \
                  outputs along these were evaluated once more, exactly, at points of every move.</p>\n";
        if self.mutants.rows.is_empty() {
            *html += "<p>None in this run.</p>\n";
        } else {
            table(html, &self.mutants);
        }
        *html += "</section>\n";
    }

    fn pairs(&self, html: &mut String) -> Result<(), PlotError> {
        *html += "<section id=\"pairs\">\n<h2>Trained networks</h2>\n<p>Pairs of networks trained from two seeds on the \
                  same handwritten digits, connected and proved. Their weights are taken as the rational numbers that they are.</p>\n";
        if self.pairs.is_empty() {
            *html += "<p>None in this run.</p>\n";
        }
        for pair in self.pairs {
            pair_section(html, pair)?;
        }
        *html += "</section>\n";
        Ok(())
    }

    fn drift(&self, html: &mut String) {
        *html += "<section id=\"drift\">\n<h2>Exact against float</h2>\n<p>The same constructions in floats. At every vertex of a \
                  path the loss is one of the two end losses; the table shows how far it is from them at the worst vertex, \
                  evaluated exactly. In exact arithmetic it is 0.</p>\n";
        let kernels = self.pairs.first().map_or(&[][..], |pair| &pair.floats);
        let head =
            ["pair", "exact"].map(str::to_owned).into_iter().chain(kernels.iter().map(|float| float.kernel.clone()));
        let head = head.collect();
        let row = |pair: &PairReport| {
            [pair.name.clone(), "0".to_owned()].into_iter().chain(pair.floats.iter().map(drift_cell)).collect()
        };
        table(html, &Table { head, rows: self.pairs.iter().map(row).collect() });
        *html += "</section>\n";
    }

    fn gallery(&self, html: &mut String) {
        *html += "<section id=\"gallery\">\n<h2>Gallery</h2>\n<p>Instances worth knowing. Every number is computed when the page is \
                  made; the test that replays it is named below each.</p>\n";
        for entry in self.gallery {
            put(
                html,
                format_args!(
                    "<article id=\"{}\">\n<h3>{}</h3>\n<p>{}</p>\n",
                    entry.key,
                    escape(entry.title),
                    escape(entry.text)
                ),
            );
            figure(html, &entry.picture, entry.title, "");
            definitions(html, &entry.numbers);
            let (file, function) = entry.test;
            put(
                html,
                format_args!(
                    "<p class=\"test\">Replayed by <code>{function}</code> in <code>{file}</code></p>\n</article>\n"
                ),
            );
        }
        *html += "</section>\n";
    }
}

fn pair_section(html: &mut String, pair: &PairReport) -> Result<(), PlotError> {
    put(
        html,
        format_args!(
            "<article id=\"{0}\">\n<h3>{0}</h3>\n<p>{1}. Connected by {2}:</p>\n<ul>\n",
            escape(&pair.name),
            escape(&pair.architecture),
            escape(&pair.theorem)
        ),
    );
    pair.hypotheses.iter().for_each(|line| put(html, format_args!("<li>{}</li>\n", escape(line))));
    let [built, written, checked] = pair.seconds;
    put(
        html,
        format_args!(
            "</ul>\n<pre>{}</pre>\n<p>Built in {built:.2} s, written in {written:.2} s ({} bytes), checked in {checked:.2} s.</p>\n",
            escape(&pair.proved),
            pair.bytes
        ),
    );
    figure(
        html,
        &pair.draw_losses()?,
        &format!("{}: loss along the path and along the straight line", pair.name),
        "The loss along the certified path (nowhere above the band, which is proved for every point), along the straight line (61 samples in floats), and at the vertices of the path that the same construction builds in f64 (exact values there, nothing proved between them); below, the accuracy in floats.",
    );
    let line = &pair.line;
    let sampled = line.samples.iter().map(|&(_, loss)| loss).fold(0.0, f64::max);
    figure(
        html,
        &pair.draw_line()?,
        &format!("{}: certified barrier of the straight line", pair.name),
        &format!(
            "The straight line between the same networks: its largest loss is in {}, proved for every point of the line; the largest of the 61 samples is {sampled:.9}. The band is between the samples and the proved curve above them.",
            line.barrier.maximum
        ),
    );
    if let (Some(picture), Some(map)) = (pair.draw_map(), &pair.map) {
        let caption = format!(
            "The loss on the plane through both ends A and B and C, vertex {} of the path, the one farthest from the straight line (orange). The background is sampled in floats; the blue line is the path\u{2019}s projection, sampled inside the moves; the discs are the other vertices, filled by their certified loss on the same scale: off the plane, it is not that of the background.",
            map.through
        );
        figure(html, &picture?, &format!("{}: map of the loss", pair.name), &caption);
    }
    figure(
        html,
        &pair.draw_bits()?,
        &format!("{}: bit lengths along the path", pair.name),
        "The largest integer of each move\u{2019}s record in the certificate, in bits.",
    );
    *html += "</article>\n";
    Ok(())
}

fn drift_cell(float: &FloatPath) -> String {
    match (&float.vertices, float.drift) {
        (Err(reason), _) => format!("broke: {reason}"),
        (Ok(_), drift) => drift.map_or_else(String::new, |drift| format!("{drift:.1e}")),
    }
}

fn table(html: &mut String, table: &Table) {
    *html += "<div class=\"wide\"><table>\n<thead><tr>";
    table.head.iter().for_each(|name| put(html, format_args!("<th>{}</th>", escape(name))));
    *html += "</tr></thead>\n<tbody>\n";
    for row in &table.rows {
        *html += "<tr>";
        row.iter().for_each(|cell| put(html, format_args!("<td>{}</td>", escape(cell))));
        *html += "</tr>\n";
    }
    *html += "</tbody>\n</table></div>\n";
}

fn figure(html: &mut String, picture: &str, label: &str, caption: &str) {
    put(html, format_args!("<figure>\n{}", themed(picture, label)));
    if !caption.is_empty() {
        put(html, format_args!("<figcaption>{}</figcaption>\n", escape(caption)));
    }
    *html += "</figure>\n";
}

fn definitions(html: &mut String, numbers: &[(String, String)]) {
    *html += "<dl>\n";
    for (name, value) in numbers {
        put(html, format_args!("<dt>{}</dt><dd>{}</dd>\n", escape(name), escape(value)));
    }
    *html += "</dl>\n";
}

fn put(html: &mut String, text: std::fmt::Arguments) {
    html.write_fmt(text).expect("a string can be written");
}
