//! Numbers of things, as people say them.

/// `1 line`, `2 lines`, `0 entries`: a number with the plural of an English noun where it is not 1.
///
/// ```
/// use sublevel::arith::counted;
/// assert_eq!([counted(1, "entry"), counted(2, "entry"), counted(2, "ray"), counted(0, "class")], ["1 entry", "2 entries", "2 rays", "0 classes"]);
/// ```
pub fn counted(count: usize, noun: &str) -> String {
    let plural = |noun: &str| match noun {
        _ if noun.ends_with('y') && !noun.ends_with("ay") => format!("{}ies", &noun[..noun.len() - 1]),
        _ if noun.ends_with('s') => format!("{noun}es"),
        _ => format!("{noun}s"),
    };
    if count == 1 { format!("1 {noun}") } else { format!("{count} {}", plural(noun)) }
}
