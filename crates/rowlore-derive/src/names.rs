//! How names become other names: a type's table, a field's column as serde spells it, a misspelt word's neighbour.

/// `OrderLine` is `order_line`, `HTTPLog` is `http_log`. Nothing is made plural: a guess that is wrong for `Sheep`
/// would be wrong quietly.
pub(crate) fn snake_case(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut snake = String::new();
    for (index, letter) in letters.iter().enumerate() {
        let after_small = index > 0 && !letters[index - 1].is_uppercase();
        let before_small = index > 0 && letters.get(index + 1).is_some_and(|next| next.is_lowercase());
        if letter.is_uppercase() && (after_small || before_small) && !snake.ends_with('_') && index > 0 {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

/// The words that `#[serde(rename_all = "…")]` knows.
pub(crate) const RENAME_ALL: [&str; 8] = [
    "lowercase",
    "UPPERCASE",
    "PascalCase",
    "camelCase",
    "snake_case",
    "SCREAMING_SNAKE_CASE",
    "kebab-case",
    "SCREAMING-KEBAB-CASE",
];

/// What serde calls a field under `rename_all`: exactly its rules, so that events decode.
pub(crate) fn renamed(field: &str, rename_all: Option<&str>) -> String {
    match rename_all {
        Some("UPPERCASE" | "SCREAMING_SNAKE_CASE") => field.to_ascii_uppercase(),
        Some("PascalCase") => pascal_case(field),
        Some("camelCase") => {
            let pascal = pascal_case(field);
            let mut letters = pascal.chars();
            letters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(letters).collect()
        }
        Some("kebab-case") => field.replace('_', "-"),
        Some("SCREAMING-KEBAB-CASE") => field.to_ascii_uppercase().replace('_', "-"),
        _ => field.to_owned(),
    }
}

fn pascal_case(field: &str) -> String {
    let mut pascal = String::new();
    let mut capital = true;
    for letter in field.chars() {
        if letter == '_' {
            capital = true;
        } else if capital {
            pascal.push(letter.to_ascii_uppercase());
            capital = false;
        } else {
            pascal.push(letter);
        }
    }
    pascal
}

/// A hint for a misspelt word: the nearest known one by the rule of `rowlore::nearest`, else all of them.
pub(crate) fn suggest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> String {
    let lower = wrong.to_lowercase();
    let limit = (lower.chars().count() / 3).max(1);
    let far = |name: &str| strsim::damerau_levenshtein(&lower, &name.to_lowercase());
    let near = known.clone().into_iter().map(|name| (far(name), name)).filter(|(far, _)| *far <= limit);
    match near.min_by_key(|(far, _)| *far) {
        Some((_, name)) => format!("did you mean `{name}`?"),
        None => format!("there are: {}", known.into_iter().collect::<Vec<_>>().join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_names_its_table() {
        for (name, table) in
            [("Book", "book"), ("OrderLine", "order_line"), ("HTTPLog", "http_log"), ("Line2", "line2")]
        {
            assert_eq!(snake_case(name), table);
        }
    }

    #[test]
    fn fields_are_called_what_serde_calls_them() {
        use serde::Serialize;
        macro_rules! same {
            ($($case:literal)*) => {$({
                #[derive(Serialize)]
                #[serde(rename_all = $case)]
                struct Row { unit_price: u8, a_b2_: u8, x: u8 }
                let row = serde_json::to_value(Row { unit_price: 0, a_b2_: 0, x: 0 }).unwrap();
                let serde: Vec<_> = row.as_object().unwrap().keys().cloned().collect();
                assert_eq!(serde, ["unit_price", "a_b2_", "x"].map(|field| renamed(field, Some($case))));
                assert!(RENAME_ALL.contains(&$case));
            })*};
        }
        same!("lowercase" "UPPERCASE" "PascalCase" "camelCase" "snake_case" "SCREAMING_SNAKE_CASE" "kebab-case"
            "SCREAMING-KEBAB-CASE");
    }
}
