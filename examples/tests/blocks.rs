//! The fenced blocks of a page.

/// A fenced block.
pub(crate) struct Block {
    /// The word after the fence; empty when there is none.
    pub(crate) language: String,
    /// The line of the fence, counted from 1.
    pub(crate) line: usize,
    /// What stands in it, without the indentation of the fence.
    pub(crate) text: String,
}

/// Every fenced block of a page, in order.
pub(crate) fn read(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = page.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        let Some(language) = line.trim_start().strip_prefix("```") else { continue };
        let indent = line.len() - line.trim_start().len();
        let inside = lines.by_ref().map(|(_, line)| line).take_while(|line| line.trim() != "```");
        let text = inside.map(|line| format!("{}\n", line.get(indent..).unwrap_or_default())).collect();
        blocks.push(Block { language: language.trim().to_owned(), line: index + 1, text });
    }
    blocks
}

#[test]
fn blocks_are_found_with_their_line() {
    let blocks = read("a\n```rust\nlet x;\n```\n- b\n\n  ```toml\n  [a]\n    b = 1\n  ```\n");
    let found: Vec<_> = blocks.iter().map(|block| (&*block.language, block.line, &*block.text)).collect();
    assert_eq!(found, [("rust", 2, "let x;\n"), ("toml", 7, "[a]\n  b = 1\n")]);
}
