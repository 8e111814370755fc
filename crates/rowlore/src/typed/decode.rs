//! A recorded row into a struct, as serde does it, but for what the one JSON form spells differently:
//! a `numeric` is a string (exact) and SQLite has no booleans, so a number may be asked of a string, and a
//! boolean of 0 or 1.

use serde::Deserializer;
use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{DeserializeOwned, Error as _, IntoDeserializer, Visitor};
use serde_json::{Error, Value};

use crate::change::Row;

pub(super) fn decode<T: DeserializeOwned>(row: &Row) -> Result<T, Error> {
    T::deserialize(Recorded(&Value::Object(row.clone())))
}

struct Recorded<'a>(&'a Value);

macro_rules! number_from_text {
    ($($method:ident $visit:ident $type:ty),* $(,)?) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            match self.0 {
                Value::String(text) => match text.parse::<$type>() {
                    Ok(number) => visitor.$visit(number),
                    Err(_) => Err(Error::custom(concat!("a text that is no ", stringify!($type)))),
                },
                value => value.clone().$method(visitor),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Recorded<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Object(row) => {
                let fields = row.iter().map(|(name, value)| (name.as_str(), Field(value)));
                visitor.visit_map(MapDeserializer::new(fields))
            }
            Value::Array(list) => visitor.visit_seq(SeqDeserializer::new(list.iter().map(Field))),
            value => value.clone().deserialize_any(visitor),
        }
    }

    number_from_text! {
        deserialize_i8 visit_i8 i8, deserialize_i16 visit_i16 i16, deserialize_i32 visit_i32 i32,
        deserialize_i64 visit_i64 i64, deserialize_u8 visit_u8 u8, deserialize_u16 visit_u16 u16,
        deserialize_u32 visit_u32 u32, deserialize_u64 visit_u64 u64,
        deserialize_f32 visit_f32 f32, deserialize_f64 visit_f64 f64,
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0.as_i64() {
            Some(number @ (0 | 1)) => visitor.visit_bool(number == 1),
            _ => self.0.clone().deserialize_bool(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.0.clone().deserialize_enum(name, variants, visitor)
    }

    serde::forward_to_deserialize_any! {
        char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
        i128 u128
    }
}

#[derive(Clone, Copy)]
struct Field<'a>(&'a Value);

impl<'de, 'a> IntoDeserializer<'de, Error> for Field<'a> {
    type Deserializer = Recorded<'a>;
    fn into_deserializer(self) -> Recorded<'a> {
        Recorded(self.0)
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Book {
        id: i64,
        price: f64,
        exact: Option<String>,
        active: bool,
        tags: Vec<i32>,
        later: Option<u8>,
    }

    #[test]
    fn numbers_come_from_exact_text_and_missing_options_are_none() {
        let row =
            json!({"id": 1, "price": "9.50", "exact": "9.50", "active": 1, "tags": [1, 2], "extra": null});
        let book: Book = decode(row.as_object().unwrap()).unwrap();
        let expected = Book {
            id: 1,
            price: 9.5,
            exact: Some("9.50".into()),
            active: true,
            tags: vec![1, 2],
            later: None,
        };
        assert_eq!(book, expected);
    }

    #[test]
    fn a_text_that_is_no_number_is_refused_without_naming_it() {
        let error = decode::<Book>(json!({"id": "secret"}).as_object().unwrap()).unwrap_err();
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}
