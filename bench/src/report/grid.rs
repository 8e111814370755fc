//! A Markdown table with columns of equal width.

use std::fmt;

/// A table: its head and its rows.
#[derive(Debug)]
pub(crate) struct Grid(Vec<Vec<String>>);

impl Grid {
    /// With this head.
    pub(crate) fn new(head: &[&str]) -> Self {
        Self(vec![head.iter().map(|name| (*name).to_owned()).collect()])
    }

    /// One row more.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.0.push(cells.into_iter().collect());
    }
}

impl fmt::Display for Grid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |column: usize| {
            let cells = self.0.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
        };
        for (index, row) in self.0.iter().enumerate() {
            for (column, cell) in row.iter().enumerate() {
                let width = width(column);
                // Names to the left, figures to the right.
                if column == 0 { write!(f, "| {cell:<width$} ")? } else { write!(f, "| {cell:>width$} ")? }
            }
            writeln!(f, "|")?;
            if index == 0 {
                for column in 0..row.len() {
                    let line = "-".repeat(width(column));
                    if column == 0 { write!(f, "|:{line}-")? } else { write!(f, "|-{line}:")? }
                }
                writeln!(f, "|")?;
            }
        }
        Ok(())
    }
}

/// With so many digits behind the point; a dash where nothing was measured.
pub(crate) fn number(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.digits$}"))
}

/// As a factor.
pub(super) fn times(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.2}×"))
}

/// As a share.
pub(super) fn percent(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{:.0} %", value * 100.0))
}

#[cfg(test)]
mod tests {
    use super::{Grid, number, percent, times};

    #[test]
    fn columns_stand_under_each_other() {
        let mut grid = Grid::new(&["table", "ms"]);
        grid.row(["a".to_owned(), number(Some(123.4), 0)]);
        grid.row(["b, longer".to_owned(), number(None, 0)]);
        let wanted = "| table     |  ms |\n|:----------|----:|\n| a         | 123 |\n| b, longer |   – |\n";
        assert_eq!(grid.to_string(), wanted);
        assert_eq!((times(Some(2.345)), percent(Some(0.55))), ("2.35×".to_owned(), "55 %".to_owned()));
    }
}
