//! The one spelling of a line, read before anything is made of it, and what it would make.
//!
//! JSON has many texts for one value. A certificate has few: no blanks but one behind `:` or `,`, no escapes but in the
//! value of `statement`. Then no two programs read two things from one file. Whatever the line is, this pass is linear and
//! allocates nothing.

/// What a line holds, by its text alone.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// Values and keys: an upper bound on the numbers.
    pub values: u64,
    /// The most digits in a row.
    pub digits: u64,
}

/// A byte that has no place where it is.
#[derive(Debug, PartialEq, Eq)]
pub struct Misspelt {
    /// From 1.
    pub column: usize,
    pub message: &'static str,
}

/// Reads a line over.
pub fn scan(line: &str) -> Result<Census, Misspelt> {
    let bytes = line.as_bytes();
    let (mut census, mut run) = (Census { values: 1, digits: 0 }, 0);
    // Where the last string began, and whether its value comes now.
    let (mut last, mut is_label) = (0..0, false);
    let mut at = 0;
    while at < bytes.len() {
        run = if bytes[at].is_ascii_digit() { run + 1 } else { 0 };
        census.digits = census.digits.max(run);
        match bytes[at] {
            b'"' => {
                let end = string(bytes, at + 1, is_label, &mut census)?;
                last = at + 1..end;
                at = end;
                is_label = false;
            }
            b':' => is_label = &bytes[last.clone()] == b"statement",
            b',' => census.values += 1,
            b' ' if at > 0 && matches!(bytes[at - 1], b':' | b',') => {}
            b' ' | b'\t' => return misspelt(at, "a blank; there may be one behind `:` or `,` and nowhere else"),
            b'\r' => return misspelt(at, "a carriage return; a line ends with a line feed alone"),
            _ => is_label = false,
        }
        at += 1;
    }
    Ok(census)
}

/// Where the string that begins here ends: its closing quote, or the end of the line.
fn string(bytes: &[u8], from: usize, is_label: bool, census: &mut Census) -> Result<usize, Misspelt> {
    let (mut at, mut run) = (from, 0);
    while at < bytes.len() {
        run = if bytes[at].is_ascii_digit() { run + 1 } else { 0 };
        census.digits = census.digits.max(if is_label { 0 } else { run });
        match bytes[at] {
            b'"' => return Ok(at),
            b'\\' if is_label => at += 1,
            b'\\' => return misspelt(at, "an escape; only the value of `statement` may have one"),
            _ => {}
        }
        at += 1;
    }
    Ok(bytes.len())
}

fn misspelt<T>(at: usize, message: &'static str) -> Result<T, Misspelt> {
    Err(Misspelt { column: at + 1, message })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_blank_behind_colon_or_comma() {
        for line in [r#"{"a":1,"b":"12 34"}"#, r#"{"a": 1, "b": "x"}"#, r#"{"statement":"\"\\ \u00e9 "}"#, r#"{"a":"#] {
            assert!(scan(line).is_ok(), "{line}");
        }
        let misspelt = [
            (" {}", 1),
            ("{} ", 3),
            ("{}\r", 3),
            ("{ }", 2),
            (r#"{"a" :1}"#, 5),
            (r#"{"a":  1}"#, 7),
            ("{\"a\":\t1}", 6),
            (r#"{"\u0061":1}"#, 3),
            (r#"{"a":"\u0031"}"#, 7),
            (r#"{"statement":"s","a":"\n"}"#, 23),
            (r#"{"statement":["\n"]}"#, 16),
        ];
        for (line, column) in misspelt {
            assert_eq!(scan(line).map_err(|fault| fault.column), Err(column), "{line}");
        }
    }

    #[test]
    fn what_is_counted() {
        let census = |line| scan(line).unwrap();
        assert_eq!(census(r#"{"num":[["12","-345"],["6","7"]]}"#), Census { values: 4, digits: 3 });
        assert_eq!(census(r#"{"statement":"123456789","moves":12}"#), Census { values: 2, digits: 2 });
        assert_eq!(census(r#"{"record":"end","moves":1234}"#), Census { values: 2, digits: 4 });
    }
}
