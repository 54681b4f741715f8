//! Charts of published figures: which ones there are ([`published`]), what is drawn ([`Chart`]), and
//! the picture of it ([`Chart::svg`]).
//!
//! Pages draw the same [`Chart`] as lines of HTML with a bar each, which wrap at any width; a
//! picture that stands alone is one SVG, also what a PNG is made of: it says itself what a page says
//! beside the chart. No chart tells anything by colour alone: bars and rows have their words beside
//! them, and the parts of a stacked bar are shades of one hue in their order, outlined, so that grey
//! paper and any eye tell them apart; in a picture all of them stand by their names as well.
//!
//! Pure. It gets published numbers and words for them, and computes nothing but lengths.

mod model;
pub mod published;
mod svg;
mod text;

pub use model::{Bar, Body, Chart, Group, Part, Stack, Stacks, Tone, WHOLE, shade};
pub use svg::Image;
pub use text::legal;
