//! Bound values of a statement while it is put together, and the statement's one round trip.

use deadpool_postgres::ClientWrapper;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error, Row};

/// Bound values of a statement, in order.
#[derive(Default)]
pub(crate) struct Params(Vec<(Box<dyn ToSql + Sync + Send>, Type)>);

/// A value whose type in SQL is known, so that the server need not be asked for it first.
pub(crate) trait Bound: ToSql + Sync + Send + 'static {
    /// Its type in SQL.
    const TYPE: Type;
}

impl Bound for i64 {
    const TYPE: Type = Type::INT8;
}

impl Bound for String {
    const TYPE: Type = Type::TEXT;
}

impl Bound for Vec<i64> {
    const TYPE: Type = Type::INT8_ARRAY;
}

impl Bound for Vec<String> {
    const TYPE: Type = Type::TEXT_ARRAY;
}

impl Bound for Vec<Option<String>> {
    const TYPE: Type = Type::TEXT_ARRAY;
}

impl Params {
    /// Binds a value; gives its place, as `$1`.
    pub(crate) fn bind<T: Bound>(&mut self, value: T) -> String {
        self.0.push((Box::new(value), T::TYPE));
        format!("${}", self.0.len())
    }

    /// Runs a query that is asked again and again with other values: its plan is kept by the connection.
    pub(crate) async fn query_again(&self, client: &ClientWrapper, sql: &str) -> Result<Vec<Row>, Error> {
        let types: Vec<Type> = self.0.iter().map(|(_, kind)| kind.clone()).collect();
        let statement = client.prepare_typed_cached(sql, &types).await?;
        let values: Vec<&(dyn ToSql + Sync)> =
            self.0.iter().map(|(value, _)| &**value as &(dyn ToSql + Sync)).collect();
        client.query(&statement, &values).await
    }

    /// Runs a query with these values, in one round trip.
    pub(crate) async fn query(&self, client: &Client, sql: &str) -> Result<Vec<Row>, Error> {
        let typed = self.0.iter().map(|(value, kind)| (&**value as &(dyn ToSql + Sync), kind.clone()));
        client.query_typed(sql, &typed.collect::<Vec<_>>()).await
    }
}
