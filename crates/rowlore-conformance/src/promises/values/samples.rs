//! The types of each engine: a value, another one that is not the same, and the JSON of the first.

/// A type and how its values show.
pub(super) struct Typed {
    /// As a column is declared.
    pub(super) column: &'static str,
    /// A value, as SQL.
    pub(super) value: &'static str,
    /// Another value, as SQL.
    pub(super) other: &'static str,
    /// The value, as JSON.
    pub(super) json: &'static str,
}

const fn typed(column: &'static str, value: &'static str, other: &'static str, json: &'static str) -> Typed {
    Typed { column, value, other, json }
}

pub(super) fn of(engine: &str) -> &'static [Typed] {
    if engine.contains("Postgre") { POSTGRES } else { SQLITE }
}

/// The user's own types.
pub(super) fn set_up(engine: &str) -> &'static [&'static str] {
    if engine.contains("Postgre") {
        &[
            "create type mood as enum ('sad', 'it''s fine')",
            "create domain price as numeric check (value >= 0)",
            "create type address as (street text, number integer)",
        ]
    } else {
        &[]
    }
}

const POSTGRES: &[Typed] = &[
    typed("smallint", "-32768", "32767", "-32768"),
    typed("integer", "2147483647", "-1", "2147483647"),
    typed("bigint", "9223372036854775807", "9223372036854775806", "9223372036854775807"),
    typed("real", "1.5", "1.25", "1.5"),
    typed("double precision", "0.1", "0.10000000000000002", "0.1"),
    typed(
        "numeric",
        "123456789012345678901234567890.1200",
        "123456789012345678901234567890.1201",
        r#""123456789012345678901234567890.1200""#,
    ),
    typed("numeric(10, 2)", "9.5", "9.51", r#""9.50""#),
    typed("numeric", "'NaN'", "0", r#""NaN""#),
    typed("boolean", "true", "false", "true"),
    typed("text", "'it''s'", "''", r#""it's""#),
    typed("varchar(5)", "'abc'", "'ABC'", r#""abc""#),
    typed("bytea", r"'\x00ff10'", r"'\x00ff11'", r#""AP8Q""#),
    typed(
        "timestamptz",
        "'2026-11-20 13:00:00.123456-05'",
        "'2026-11-20 13:00:00.123457-05'",
        r#""2026-11-20T18:00:00.123456Z""#,
    ),
    typed(
        "timestamp",
        "'2026-11-20 18:00:00.123456'",
        "'2026-11-20 18:00:01'",
        r#""2026-11-20T18:00:00.123456""#,
    ),
    typed("date", "'2026-11-20'", "'2026-11-21'", r#""2026-11-20""#),
    typed("time", "'18:00:00.5'", "'18:00:00'", r#""18:00:00.5""#),
    typed("interval", "'1 day 02:00:00'", "'1 day 03:00:00'", r#""1 day 02:00:00""#),
    typed(
        "uuid",
        "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'",
        "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12'",
        r#""a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11""#,
    ),
    typed(
        "json",
        r#"'{"b": [1, null], "a": "x"}'"#,
        r#"'{"b": [1, null], "a": "y"}'"#,
        r#"{"b": [1, null], "a": "x"}"#,
    ),
    typed("jsonb", r#"'{"b": [1, null], "a": "x"}'"#, "'[]'", r#"{"a": "x", "b": [1, null]}"#),
    typed("integer[]", "'{1,2,null}'", "'{1,2}'", "[1, 2, null]"),
    typed("integer[]", "'{{1,2},{3,4}}'", "'{1,2,3,4}'", "[[1, 2], [3, 4]]"),
    typed("text[]", r#"'{"a,b","\"",null}'"#, "'{}'", r#"["a,b", "\"", null]"#),
    typed("numeric[]", "'{1.50}'", "'{1.51}'", r#"["1.50"]"#),
    typed(
        "timestamptz[]",
        "'{2026-11-20 13:00:00-05}'",
        "'{2026-11-20 13:00:01-05}'",
        r#"["2026-11-20T18:00:00Z"]"#,
    ),
    typed("bytea[]", r#"array['\x00ff10'::bytea, null]"#, r#"array['\x00'::bytea]"#, r#"["AP8Q", null]"#),
    typed("json[]", r#"array['{"a":1}'::json]"#, r#"array['{"a":2}'::json]"#, r#"[{"a": 1}]"#),
    typed("mood", "'it''s fine'", "'sad'", r#""it's fine""#),
    typed("price", "9.50", "9.51", r#""9.50""#),
    typed("address", "row('Main', 5)", "row('Main', 6)", r#"{"street": "Main", "number": 5}"#),
    typed("int4range", "'[1,5)'", "'[1,6)'", r#""[1,5)""#),
    typed("tsvector", "'fat cat'", "'fat'", r#""'cat' 'fat'""#),
    typed("point", "'(1,2)'", "'(1,3)'", r#""(1,2)""#),
    typed("point[]", "array['(1,2)'::point]", "array['(1,3)'::point]", r#"["(1,2)"]"#),
    typed("box", "'(3,4),(1,2)'", "'(4,3),(2,1)'", r#""(3,4),(1,2)""#),
    typed("xml", "'<a>1</a>'", "'<a>2</a>'", r#""<a>1</a>""#),
    typed("inet", "'10.0.0.1/8'", "'10.0.0.1/9'", r#""10.0.0.1/8""#),
    typed("bit(3)", "B'101'", "B'100'", r#""101""#),
];

const SQLITE: &[Typed] = &[
    typed("integer", "9223372036854775807", "9223372036854775806", "9223372036854775807"),
    typed("bigint", "-5", "5", "-5"),
    typed("real", "0.1", "0.10000000000000002", "0.1"),
    typed("text", "'it''s'", "''", r#""it's""#),
    typed("text collate nocase", "'abc'", "'ABC'", r#""abc""#),
    typed("varchar(5)", "'abc'", "'abc '", r#""abc""#),
    typed("blob", "x'00ff10'", "x'00ff11'", r#""AP8Q""#),
    typed("boolean", "true", "false", "true"),
    typed("numeric", "9.5", "9.51", "9.5"),
    typed("numeric", "'not a number'", "'nan'", r#""not a number""#),
    typed(
        "json",
        r#"'{"b": [1, null], "a": "x"}'"#,
        r#"'{"b": [1, null], "a": "y"}'"#,
        r#"{"b": [1, null], "a": "x"}"#,
    ),
    typed("timestamp", "'2026-11-20 18:00:00'", "'2026-11-20 18:00:01'", r#""2026-11-20 18:00:00""#),
    typed("", "'text'", "x'74657874'", r#""text""#),
];
