//! Sizes and colours of the report: those of the portal's standard scheme.

use crate::pdf::letters::Style;

/// Red, green, blue.
pub type Colour = (u8, u8, u8);

const TEXT: Colour = (0x12, 0x24, 0x2a);
const MUTED: Colour = (0x45, 0x57, 0x5d);
/// Bars.
pub const BAR: Colour = (0x0b, 0x55, 0x63);
/// What a bar would be at its longest.
pub const TRACK: Colour = (0xe2, 0xec, 0xee);
/// What is only possible of a bar.
pub const PAPER: Colour = (0xff, 0xff, 0xff);
/// Lines of tables.
pub const RULE: Colour = (0x6f, 0x86, 0x8c);

const fn style(size: f32, strong: bool, colour: Colour) -> Style {
    Style { size, strong, colour }
}

/// The poll's title.
pub const TITLE: Style = style(22.0, true, TEXT);
/// What the report is, above its title.
pub const KICKER: Style = style(11.0, false, MUTED);
/// Headings.
pub const HEADING: Style = style(14.0, true, TEXT);
/// Text.
pub const BODY: Style = style(10.0, false, TEXT);
/// Names of facts.
pub const STRONG: Style = style(10.0, true, TEXT);
/// Notes, the foot of the page.
pub const SMALL: Style = style(8.5, false, MUTED);
/// Captions of tables.
pub const SMALL_STRONG: Style = style(9.0, true, TEXT);
/// Cells.
pub const TABLE: Style = style(8.0, false, TEXT);
/// Heads of columns.
pub const TABLE_HEAD: Style = style(7.5, true, TEXT);

/// A bar that is so many percent as dark as a full one, on white paper.
pub fn shaded(percent: usize) -> Colour {
    let mix = |ink: u8| {
        let white = 255 - usize::from(255 - ink) * percent.min(100) / 100;
        u8::try_from(white).unwrap_or(u8::MAX)
    };
    (mix(BAR.0), mix(BAR.1), mix(BAR.2))
}
