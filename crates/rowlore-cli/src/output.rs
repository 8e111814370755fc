//! What a person sees: everything that is printed is made here from data, and written in one place.

mod phrase;

mod diff;

mod lines;

mod paint;

mod screen;

#[cfg(test)]
mod sample;

mod steps;

mod table;

mod timeline;

mod value;

pub(crate) use diff::diff;
pub(crate) use lines::lines;
pub(crate) use paint::Paint;
pub(crate) use phrase::{count, key_text, who};
pub(crate) use screen::Screen;
pub(crate) use steps::{differences, json_steps, short_steps, steps_by_table};
pub(crate) use table::table;
pub(crate) use timeline::{timeline, timeline_title};
pub(crate) use value::{pair, safe, shown};

use jiff::tz::TimeZone;

/// How things are to look: the only thing that the functions of this module know about the screen.
#[derive(Debug, Clone)]
pub(crate) struct Look {
    /// Colours, or none.
    pub(crate) paint: Paint,
    /// Columns of the terminal; the largest number where nothing should be cut off.
    pub(crate) width: usize,
    /// The zone in which times are shown.
    pub(crate) zone: TimeZone,
}
