//! The dozen lines of PostgreSQL's protocol that it takes to run a statement over a trusted unix socket.
//!
//! Not a client: it lets this module create databases without a runtime, so that it can be called from
//! synchronous tests and from inside any executor alike, and works with servers packaged without `psql`.

use std::io::{self, BufReader, Read, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;

/// The socket's file name for PostgreSQL's usual port, which is ours since nobody else uses the folder.
pub(super) const SOCKET_NAME: &str = ".s.PGSQL.5432";

const PROTOCOL: i32 = 3 << 16;

/// One row as text; a null is `None`.
pub type Row = Vec<Option<String>>;

/// Connects, runs `sql` (several statements are one transaction), returns all rows, disconnects.
pub(super) fn run(socket_folder: &Path, database: &str, sql: &str) -> io::Result<Vec<Row>> {
    let mut stream = UnixStream::connect(socket_folder.join(SOCKET_NAME))?;
    let mut start = PROTOCOL.to_be_bytes().to_vec();
    for text in ["user", "postgres", "database", database, ""] {
        start.extend_from_slice(text.as_bytes());
        start.push(0);
    }
    stream.write_all(&with_length(&start))?;
    let mut answers = BufReader::new(stream.try_clone()?);
    until_ready(&mut answers)?;
    stream.write_all(b"Q")?;
    stream.write_all(&with_length(&[sql.as_bytes(), b"\0"].concat()))?;
    let rows = until_ready(&mut answers)?;
    stream.write_all(b"X\0\0\0\x04")?;
    Ok(rows)
}

fn with_length(body: &[u8]) -> Vec<u8> {
    // A statement of a test never comes near the protocol's two gigabytes.
    let length = i32::try_from(body.len() + 4).unwrap_or(i32::MAX);
    [&length.to_be_bytes()[..], body].concat()
}

/// Reads messages until the server waits for us; an error it reported on the way is the result.
fn until_ready(answers: &mut impl Read) -> io::Result<Vec<Row>> {
    let (mut rows, mut refused) = (Vec::new(), None);
    loop {
        let mut head = [0; 5];
        if let Err(error) = answers.read_exact(&mut head) {
            // A refusal at the start (no such database) closes the connection instead of getting ready.
            return Err(refused.unwrap_or(error));
        }
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]);
        let mut body = vec![0; (length as usize).saturating_sub(4)];
        answers.read_exact(&mut body)?;
        match head[0] {
            b'E' => refused = Some(io::Error::other(refusal(&body))),
            b'D' => rows.push(row(&body)),
            b'Z' => return refused.map_or(Ok(rows), Err),
            _ => {}
        }
    }
}

/// The message, detail and hint of an error; each field is a letter, a text and a zero.
fn refusal(body: &[u8]) -> String {
    let fields = body.split(|byte| *byte == 0).filter_map(|field| field.split_first());
    let wanted = fields.filter(|(letter, _)| matches!(letter, b'M' | b'D' | b'H' | b'C'));
    wanted.map(|(_, text)| String::from_utf8_lossy(text).into_owned()).collect::<Vec<_>>().join("; ")
}

fn row(body: &[u8]) -> Row {
    let (mut fields, mut rest) = (Vec::new(), body.get(2..).unwrap_or_default());
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let bytes = usize::try_from(i32::from_be_bytes(*length)).ok();
        let (field, after) = after.split_at(bytes.unwrap_or(0).min(after.len()));
        fields.push(bytes.map(|_| String::from_utf8_lossy(field).into_owned()));
        rest = after;
    }
    fields
}
