//! Charts as pictures that travel alone: SVG, and PNG for programs that take no SVG.
//!
//! A PNG is drawn with the embedded type, without any font, file or address of the server's machine. For a sign
//! that this type lacks stands its number there, as in the report (`chart::svg`); whoever opens the SVG has other
//! types, so it is in that as it was written. A PNG has at most [`MOST_PIXELS`], 64 MB while it is drawn.

use crate::{
    Unwritten,
    font::{self, Faces},
};
use resvg::{
    tiny_skia::{Pixmap, Transform},
    usvg::{Options, Tree, fontdb::Database},
};
use std::sync::Arc;

/// The most points of a picture. One with more is drawn with fewer points to a length.
const MOST_PIXELS: f32 = 16_000_000.0;

/// What a picture is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picture {
    /// A drawing that is sharp at any size.
    Svg,
    /// Points.
    Png,
}

impl Picture {
    /// Rises when pictures change, so that no cache gives an old one for a new one.
    pub const VERSION: u32 = 6;

    /// What ends in `extension`.
    #[must_use]
    pub fn of(extension: &str) -> Option<Self> {
        [Self::Svg, Self::Png].into_iter().find(|kind| kind.extension() == extension)
    }

    /// The end of its address and of the file's name.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Png => "png",
        }
    }

    /// Its media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Svg => "image/svg+xml",
            Self::Png => "image/png",
        }
    }

    /// The picture of an SVG.
    ///
    /// # Errors
    /// As [`png`].
    pub fn write(self, svg: String) -> Result<Vec<u8>, Unwritten> {
        match self {
            Self::Svg => Ok(svg.into_bytes()),
            Self::Png => png(&svg),
        }
    }
}

/// The points of an SVG, with two points to each of its pixels. Its words had better be such as the type can show, so
/// that there is room for them.
///
/// # Errors
/// When the drawing is not an SVG.
pub fn png(svg: &str) -> Result<Vec<u8>, Unwritten> {
    let failed = Unwritten::as_("PNG");
    let faces = Faces::new().ok_or_else(|| failed(&"no type"))?;
    // What makes an SVG of it is ASCII, which the type has.
    let svg = faces.plain(svg);
    let mut fonts = Database::new();
    fonts.load_font_data(font::REGULAR.to_vec());
    fonts.load_font_data(font::SEMIBOLD.to_vec());
    fonts.set_sans_serif_family(font::FAMILY);
    let options = Options {
        fontdb: Arc::new(fonts),
        font_family: font::FAMILY.to_owned(),
        ..Options::default()
    };
    let drawing = Tree::from_str(&svg, &options).map_err(|error| failed(&error))?;
    let size = drawing.size();
    let scale = (MOST_PIXELS / (size.width() * size.height())).sqrt().min(2.0);
    let whole = size.to_int_size().scale_by(scale).ok_or_else(|| failed(&"no size"))?;
    let mut paper =
        Pixmap::new(whole.width(), whole.height()).ok_or_else(|| failed(&"no paper"))?;
    resvg::render(&drawing, Transform::from_scale(scale, scale), &mut paper.as_mut());
    paper.encode_png().map_err(|error| failed(&error))
}
