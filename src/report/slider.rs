//! The film as a page with a slider, which needs nothing but itself.
//!
//! All frames are one image in the page, of which a window shows one; the script moves the window and the mark on the
//! curve of margins. Without a script the strip is there all the same. It is XHTML as well.

use super::canvas::{Drawing, png_file};
use super::chart::{PlotError, SIZE, escape, themed};
use super::film::Film;

const STYLE: &str = include_str!("page.css");

const OWN_STYLE: &str = "\
#frame { width: 420px; max-width: 100%; image-rendering: pixelated; background-repeat: no-repeat; border: 1px solid var(--rule); }
#at { width: 100%; max-width: 820px; }
#words { font-variant-numeric: tabular-nums; min-height: 3em; }
#mark { stroke: var(--ink); stroke-width: 2; }
";

/// The script; `frames`, `count` and the place of the plot are set before it. It uses neither `<` nor `&`.
const SCRIPT: &str = "
const slider = document.getElementById('at'), picture = document.getElementById('frame');
const words = document.getElementById('words'), mark = document.getElementById('mark');
function show() {
  const frame = frames[slider.value];
  if (picture) picture.style.backgroundPosition = '0 ' + (100 * slider.value / (frames.length - 1)) + '%';
  words.textContent = frame.words;
  const x = plot[0] + (plot[1] - plot[0]) * frame.at;
  mark.setAttribute('x1', x); mark.setAttribute('x2', x);
}
slider.addEventListener('input', show);
show();
";

/// Where the plot's first axis begins and ends, in pixels of the picture.
const PLOT: [u32; 2] = [104, SIZE.0 - 14];

/// The page.
pub(super) fn page(film: &Film) -> Result<String, PlotError> {
    let title = escape(&film.title);
    let picture = picture(film)?;
    let frames: Vec<serde_json::Value> =
        film.long.iter().map(|frame| serde_json::json!({ "at": frame.at, "words": words(film, frame) })).collect();
    // Names may hold anything; a script element of XHTML may not.
    let frames = serde_json::Value::from(frames).to_string().replace('<', "\\u003c").replace('&', "\\u0026");
    let mark = format!("<line id=\"mark\" x1=\"{0}\" x2=\"{0}\" y1=\"14\" y2=\"440\"/></svg>", PLOT[0]);
    let curve = themed(&film.chart().draw()?, "margin along the path").replacen("</svg>", &mark, 1);
    let strip = if film.options.shape.is_some() {
        let strip = themed(&film.svg()?, "strip of frames");
        format!(
            "<h2>Strip</h2>\n<figure>\n{strip}<figcaption>The number below a frame is its margin.</figcaption></figure>\n"
        )
    } else {
        String::new()
    };
    let last = film.long.len() - 1;
    Ok(format!(
        "<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n<meta charset=\"utf-8\"/>\n<meta name=\"generator\" content=\"sublevel\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
         <meta name=\"color-scheme\" content=\"light dark\"/>\n<title>{title}</title>\n<style>\n{STYLE}{OWN_STYLE}</style>\n\
         </head>\n<body>\n<main>\n<h1>{title}</h1>\n<p>{}.</p>\n{picture}\n\
         <p><input id=\"at\" type=\"range\" min=\"0\" max=\"{last}\" value=\"0\" aria-label=\"place on the path\"/></p>\n\
         <p id=\"words\">{}</p>\n<figure>\n{curve}<figcaption>The margin along the path: a line of floats, and dots that are \
         exact.</figcaption></figure>\n{strip}<script>\nconst plot = [{}, {}], frames = {frames};{SCRIPT}</script>\n\
         </main>\n</body>\n</html>\n",
        escape(&film.key()),
        escape(&words(film, &film.long[0])),
        PLOT[0],
        PLOT[1]
    ))
}

/// The window over all frames, one below the other; nothing for inputs that are no images.
fn picture(film: &Film) -> Result<String, PlotError> {
    let Some(shape) = &film.options.shape else { return Ok(String::new()) };
    let rows = film.long.iter().flat_map(|frame| (0..shape.height).map(move |row| (frame, row)));
    let pixels: Vec<u8> = rows
        .flat_map(|(frame, row)| (0..shape.width).flat_map(move |column| film.colour(shape, frame, row, column)))
        .collect();
    let count = film.long.len();
    let file = png_file(shape.width as u32, (shape.height * count) as u32, &pixels)?;
    Ok(format!(
        "<div id=\"frame\" role=\"img\" aria-label=\"the input\" style=\"aspect-ratio: {} / {}; background-size: 100% {}%; \
         background-image: url(data:image/png;base64,{})\"></div>",
        shape.width,
        shape.height,
        100 * count,
        base64(&file)
    ))
}

/// What is said of a frame.
fn words(film: &Film, frame: &super::Frame) -> String {
    let name = frame.given.map_or(String::new(), |given| format!(": {}", film.options.names[given]));
    format!("{:.1} % of the path{name}; margin {:.4} over class {}", 100.0 * frame.at, frame.margin, frame.against)
}

/// Base64 of RFC 4648, padded.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0, |group, &byte| group << 8 | u32::from(byte)) << (8 * (3 - chunk.len()));
        for k in 0..4 {
            let digit = DIGITS[(group >> (18 - 6 * k) & 63) as usize];
            text.push(if k <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn base64_as_in_rfc_4648() {
        let words = ["", "f", "fo", "foo", "foob", "fooba", "foobar"];
        let coded = ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"];
        assert_eq!(words.map(|word| base64(word.as_bytes())), coded);
    }
}
