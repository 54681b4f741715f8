//! From paper to PDF/UA-1 (ISO 14289-1): pages, the tree to be read, the list of contents.

use crate::{
    font,
    pdf::{
        look,
        paper::{LEFT, Mark, Node, Paper, SHEET, Shape, WIDTH},
    },
};
use krilla::{
    Document, SerializeSettings,
    color::rgb,
    configure::{Accessibility, ConfigurationBuilder},
    destination::XyzDestination,
    geom::{PathBuilder, Point, Rect},
    metadata::Metadata,
    outline::{Outline, OutlineNode},
    page::PageSettings,
    paint::{Fill, Stroke, StrokeDash},
    surface::Surface,
    tagging::{Artifact, ArtifactType, ContentTag, Identifier, SpanTag, TagGroup, TagTree},
    text::{Font, TextDirection},
};
use questionnaire::Language;
use std::collections::BTreeMap;

/// What stands around the pages.
pub struct Frame {
    /// Title, authors, language, day.
    pub metadata: Metadata,
    /// The report's language.
    pub language: Language,
    /// At the left of each page's foot, a line each.
    pub foot: [String; 2],
    /// At the right of the first, of a page's number and the number of pages.
    pub number: fn(Language, usize, usize) -> String,
}

/// How thick an outline is.
const OUTLINE: f32 = 0.5;
/// And one that is broken.
const BROKEN: f32 = 1.0;

/// The fonts as the printer has them.
struct Fonts {
    regular: Font,
    strong: Font,
}

/// Prints the paper; `tree` is how it is to be read.
///
/// # Errors
/// When it would not be PDF/UA, in the words of the library.
pub fn print(paper: &Paper, tree: &[Node], frame: Frame) -> Result<Vec<u8>, String> {
    let configuration = ConfigurationBuilder::new()
        .with_accessibility_validator(Accessibility::UA1)
        .finish()
        .map_err(|error| format!("{error:?}"))?;
    let font = |bytes: &'static [u8]| Font::new(bytes.into(), 0).ok_or("no font");
    let fonts = Fonts { regular: font(font::REGULAR)?, strong: font(font::SEMIBOLD)? };
    let mut file =
        Document::new_with(SerializeSettings { configuration, ..SerializeSettings::default() });
    let mut leaves: BTreeMap<usize, Vec<Identifier>> = BTreeMap::new();
    let count = paper.pages.len();
    for (number, marks) in paper.pages.iter().enumerate() {
        let sheet = PageSettings::from_wh(SHEET.0, SHEET.1).ok_or("no paper")?;
        let mut page = file.start_page_with(sheet);
        let mut surface = page.surface();
        for run in marks.chunk_by(|one, next| one.leaf == next.leaf) {
            let tag = match run[0].leaf {
                Some(_) => ContentTag::Span(SpanTag::empty()),
                None => ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)),
            };
            let id = surface.start_tagged(tag);
            for mark in run {
                draw(&mut surface, mark, &fonts);
            }
            surface.end_tagged();
            if let Some(leaf) = run[0].leaf {
                leaves.entry(leaf).or_default().push(id);
            }
        }
        let numbers = (frame.number)(frame.language, number + 1, count);
        surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Footer)));
        let right = LEFT + WIDTH - paper.letters.width(&numbers, look::SMALL);
        let [first, second] = frame.foot.clone();
        let (y, below) = (SHEET.1 - 36.0, SHEET.1 - 36.0 + look::SMALL.line());
        let lines = [(LEFT, y, first), (right, y, numbers), (LEFT, below, second)];
        for (x, y, words) in lines.into_iter().filter(|(_, _, words)| !words.is_empty()) {
            let shape = Shape::Words { x, y, words, style: look::SMALL };
            draw(&mut surface, &Mark { leaf: None, shape }, &fonts);
        }
        surface.end_tagged();
        surface.finish();
        page.finish();
    }
    let mut root = TagTree::new().with_lang(Some(frame.language.tag().to_owned()));
    for node in tree {
        for node in read(node, &mut leaves) {
            root.push(node);
        }
    }
    let mut outline = Outline::new();
    for heading in &paper.headings {
        let place = XyzDestination::new(heading.page, Point::from_xy(LEFT, heading.y));
        outline.push_child(OutlineNode::new(heading.words.clone(), place));
    }
    file.set_outline(outline);
    file.set_metadata(frame.metadata);
    file.set_tag_tree(root);
    file.finish().map_err(|error| format!("{error:?}"))
}

/// A part of the tree as the library has it. A leaf that lies on two pages is two there.
fn read(node: &Node, leaves: &mut BTreeMap<usize, Vec<Identifier>>) -> Vec<krilla::tagging::Node> {
    match node {
        Node::Leaf(leaf) => {
            leaves.remove(leaf).unwrap_or_default().into_iter().map(Into::into).collect()
        }
        Node::Group(tag, parts) => {
            let parts = parts.iter().flat_map(|part| read(part, leaves)).collect();
            vec![TagGroup::with_children(tag.clone(), parts).into()]
        }
    }
}

fn draw(surface: &mut Surface, mark: &Mark, fonts: &Fonts) {
    let fill = |(red, green, blue)| {
        Some(Fill { paint: rgb::Color::new(red, green, blue).into(), ..Fill::default() })
    };
    match &mark.shape {
        Shape::Words { x, y, words, style } => {
            surface.set_fill(fill(style.colour));
            let font = if style.strong { &fonts.strong } else { &fonts.regular };
            let place = Point::from_xy(*x, *y);
            surface.draw_text(
                place,
                font.clone(),
                style.size,
                words,
                false,
                TextDirection::LeftToRight,
            );
        }
        Shape::Block { x, y, width, height, colour, outline } => {
            let Some(block) = Rect::from_xywh(*x, *y, *width, *height) else { return };
            let mut path = PathBuilder::new();
            path.push_rect(block);
            let Some(path) = path.finish() else { return };
            surface.set_fill(fill(*colour));
            // What is only possible.
            let broken = *colour == look::PAPER;
            surface.set_stroke(outline.map(|(red, green, blue)| Stroke {
                paint: rgb::Color::new(red, green, blue).into(),
                width: if broken { BROKEN } else { OUTLINE },
                dash: broken.then(|| StrokeDash { array: vec![3.0, 3.0], offset: 0.0 }),
                ..Stroke::default()
            }));
            surface.draw_path(&path);
            surface.set_stroke(None);
        }
    }
}
