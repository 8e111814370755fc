//! SQL files write their keywords small, so that the eye finds names and not shouting.

use super::scan;
use super::{Source, Violation};

const KEYWORDS: &str = "
    ADD AFTER ALL ALTER AND ANY AS ASC BEFORE BEGIN BETWEEN BIGINT BY CASCADE CASE CHECK COALESCE COLUMN COMMENT
    COMMIT CONFLICT CONSTRAINT CREATE CROSS DECLARE DEFAULT DEFINER DELETE DESC DISTINCT DO DROP EACH ELSE ELSIF
    END EXCEPT EXCEPTION EXECUTE EXISTS FALSE FOR FOREIGN FROM FULL FUNCTION GRANT GROUP HAVING IF IN INDEX INNER
    INSERT INSTEAD INTEGER INTO IS JOIN KEY LANGUAGE LATERAL LEFT LIKE LIMIT LOCK LOOP NEW NOT NULL OF OLD ON OR
    ORDER OUTER OVER PARTITION PERFORM PRIMARY PROCEDURE REFERENCES REFERENCING REPLACE RETURN RETURNING RETURNS
    REVOKE RIGHT ROLLBACK ROW SCHEMA SECURITY SELECT SEQUENCE SET STATEMENT TABLE TEXT THEN TO TRIGGER TRUE TRUNCATE
    UNION UNIQUE UPDATE USING VALUES VIEW WHEN WHERE WHILE WITH";

pub(super) fn check(source: &Source) -> Vec<Violation> {
    if !source.path.ends_with(".sql") {
        return Vec::new();
    }
    let code = scan::blank_sql(&source.text);
    let mut violations = Vec::new();
    for (index, line) in code.lines().enumerate() {
        let mut words = line.split(|c: char| !(c.is_alphanumeric() || c == '_'));
        if let Some(word) = words.find(|word| KEYWORDS.split_whitespace().any(|keyword| keyword == *word)) {
            let what = format!("{word} shouts: write `{}`", word.to_lowercase());
            violations.push(Violation::new(&source.path, index + 1, what));
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::{Source, check};

    #[test]
    fn keywords_outside_texts_and_comments_are_small() {
        let text = "-- SELECT\nselect 'INSERT', \"FROM\", tg_op\nFROM x\n$$ begin\nIF y then z\n$$";
        let found: Vec<_> = check(&Source::new("a.sql", text)).into_iter().map(|one| one.line).collect();
        assert_eq!(found, [3, 5]);
        assert!(check(&Source::new("a.md", text)).is_empty());
    }
}
