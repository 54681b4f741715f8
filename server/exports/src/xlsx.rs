//! A release as an Excel workbook (Office Open XML, ISO/IEC 29500).
//!
//! The sheets with figures are written in the library's constant-memory mode: of each one line is
//! in memory, those before it are in a temporary file of its own until the archive is put together.

use crate::{
    Unwritten,
    sheets::{Book, Cell, Sheet, book},
};
use chrono::Datelike as _;
use locales::td_string;
use ports::{look::locale_of, views::results::Results};
use questionnaire::Language;
use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, IgnoreError, Workbook, Worksheet, XlsxError,
};
use std::io::{Seek, Write};

/// The file.
///
/// # Errors
/// When a text is longer than a cell can hold, 32 767 characters; when `out`, or the folder for
/// temporary files, takes no more.
pub fn write(
    results: &Results,
    language: Language,
    out: impl Write + Seek + Send,
) -> Result<(), Unwritten> {
    workbook(results, language, out).map_err(|error| Unwritten::as_("XLSX")(&error))
}

fn workbook(
    results: &Results,
    language: Language,
    out: impl Write + Seek + Send,
) -> Result<(), XlsxError> {
    let book = book(results, language);
    let mut file = Workbook::new();
    let day = results.published;
    let part = |number: u32| u8::try_from(number).unwrap_or(1);
    let made = ExcelDateTime::from_ymd(
        u16::try_from(day.year()).unwrap_or_default(),
        part(day.month()),
        part(day.day()),
    )?;
    file.set_properties(
        &DocProperties::new()
            .set_title(&results.title)
            .set_author(&results.department_name)
            .set_company(td_string!(locale_of(language), common.brand))
            .set_creation_datetime(&made),
    );
    cover(file.add_worksheet(), &book)?;
    let head = Format::new().set_bold().set_text_wrap().set_align(FormatAlign::Top);
    // Numbers stand beside the first line of the words of their row.
    let top = || Format::new().set_align(FormatAlign::Top);
    let formats = Formats {
        text: top().set_text_wrap(),
        count: top().set_num_format("#,##0"),
        share: top().set_num_format("0%"),
        tenths: top().set_num_format("0.0"),
    };
    for sheet in &book.sheets {
        figures(file.add_worksheet_with_constant_memory()?, sheet, &head, &formats)?;
    }
    file.save_to_writer(out)
}

fn cover(page: &mut Worksheet, book: &Book) -> Result<(), XlsxError> {
    let top = Format::new().set_align(FormatAlign::Top);
    let text = top.set_text_wrap();
    let name = text.clone().set_bold();
    page.set_name(&book.about)?.set_column_width(0, 32)?.set_column_width(1, 100)?;
    page.write_string_with_format(0, 0, &book.title, &Format::new().set_bold().set_font_size(16))?;
    for (row, (label, words)) in (2..).zip(&book.cover) {
        page.write_string_with_format(row, 0, label, &name)?;
        page.write_string_with_format(row, 1, words, &text)?;
    }
    page.set_paper_size(A4).set_landscape().set_print_fit_to_pages(1, 0);
    Ok(())
}

/// Excel's number of the paper.
const A4: u8 = 9;

struct Formats {
    text: Format,
    count: Format,
    share: Format,
    tenths: Format,
}

fn figures(
    page: &mut Worksheet,
    sheet: &Sheet,
    head: &Format,
    formats: &Formats,
) -> Result<(), XlsxError> {
    page.set_name(&sheet.name)?;
    for (number, column) in (0..).zip(&sheet.columns) {
        page.write_string_with_format(0, number, column.title, head)?;
        page.set_column_width(number, column.width)?;
    }
    let mut last = 0;
    for (row, line) in (1..).zip(sheet.lines()) {
        for (number, cell) in (0..).zip(&line) {
            match cell {
                Cell::Text(text) if text.is_empty() => continue,
                Cell::Text(text) => {
                    page.write_string_with_format(row, number, text, &formats.text)?
                }
                // Numbers of people are far below 2^53, to which a float is exact.
                #[expect(clippy::cast_precision_loss, reason = "people are fewer than 2^53")]
                Cell::Count(count) => {
                    page.write_number_with_format(row, number, *count as f64, &formats.count)?
                }
                Cell::Share(share) => {
                    page.write_number_with_format(row, number, *share, &formats.share)?
                }
                Cell::Tenths(value) => {
                    page.write_number_with_format(row, number, *value, &formats.tenths)?
                }
            };
        }
        last = row;
    }
    let right = u16::try_from(sheet.columns.len()).unwrap_or(1).saturating_sub(1);
    page.set_freeze_panes(1, 0)?.autofilter(0, 0, last, right)?;
    // Codes of scales look like numbers; they are names.
    page.ignore_error_range(1, 0, last, right, IgnoreError::NumberStoredAsText)?;
    page.set_paper_size(A4).set_landscape().set_print_fit_to_pages(1, 0).set_repeat_rows(0, 0)?;
    Ok(())
}
