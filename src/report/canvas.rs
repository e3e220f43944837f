//! What a picture is drawn on: an SVG document, or a PNG of twice as many pixels, with one font.

use super::chart::{PlotError, standalone};
use plotters::coord::Shift;
use plotters::prelude::*;
use std::path::Path;
use std::sync::Once;

/// How many pixels a PNG has for each of an SVG document's, in width and height.
const FINENESS: u32 = 2;
/// The font's name.
pub(super) const FONT: &str = "sans-serif";

pub(super) type Area<DB> = DrawingArea<DB, Shift>;
pub(super) type Drawn = Result<(), Box<dyn std::error::Error>>;

/// What can be drawn on both.
pub(super) trait Drawing {
    /// Width and height in pixels of an SVG document.
    fn size(&self) -> (u32, u32);

    /// Draws it with so many pixels for each of an SVG document's.
    fn draw_on<DB: DrawingBackend>(&self, root: &Area<DB>, unit: u32) -> Drawn
    where
        DB::ErrorType: 'static;

    /// An SVG document in fixed colours.
    ///
    /// # Errors
    /// [`PlotError`] from the drawing library.
    fn svg(&self) -> Result<String, PlotError> {
        register_font();
        let mut svg = String::new();
        {
            let root = SVGBackend::with_string(&mut svg, self.size()).into_drawing_area();
            self.draw_on(&root, 1).map_err(|error| PlotError(error.to_string()))?;
        }
        Ok(svg)
    }

    /// A PNG file.
    ///
    /// # Errors
    /// [`PlotError`] from the drawing library.
    fn png(&self) -> Result<Vec<u8>, PlotError> {
        register_font();
        let (width, height) = self.size();
        let (width, height) = (width * FINENESS, height * FINENESS);
        let mut pixels = vec![0; (3 * width * height) as usize];
        {
            let root = BitMapBackend::with_buffer(&mut pixels, (width, height)).into_drawing_area();
            self.draw_on(&root, FINENESS).map_err(|error| PlotError(error.to_string()))?;
        }
        png_file(width, height, &pixels)
    }

    /// The contents of a file of this name: PNG if it ends in `.png`, else SVG with a light and a dark face.
    ///
    /// # Errors
    /// [`PlotError`] from the drawing library.
    fn picture(&self, path: &Path) -> Result<Vec<u8>, PlotError> {
        if is_named(path, "png") { self.png() } else { Ok(standalone(&self.svg()?).into_bytes()) }
    }
}

/// Whether a file's name ends like this.
pub(super) fn is_named(path: &Path, end: &str) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(end))
}

/// A PNG file of these pixels: red, green, blue.
pub(super) fn png_file(width: u32, height: u32, pixels: &[u8]) -> Result<Vec<u8>, PlotError> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::Best);
    let marked = encoder.add_text_chunk("Software".into(), "sublevel".into());
    let written = marked.and_then(|()| encoder.write_header()).and_then(|mut writer| writer.write_image_data(pixels));
    written.map_err(|error| PlotError(error.to_string()))?;
    Ok(file)
}

/// The library measures text by this font, and draws it in PNG files; SVG names the reader's own.
fn register_font() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let font = include_bytes!("font/DejaVuSans.ttf");
        // A second registration under a name is refused, and so is a broken font: both cannot be here.
        let _ = plotters::style::register_font(FONT, FontStyle::Normal, font);
    });
}
