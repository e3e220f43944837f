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

/// A number of bytes of memory, as people say it.
///
/// ```
/// use sublevel::arith::memory;
/// assert_eq!([memory(1), memory(100), memory(3 << 20), memory(5 << 29)], ["1 byte", "100 bytes", "3.0 MiB", "2.5 GiB"]);
/// ```
pub fn memory(bytes: u64) -> String {
    match bytes {
        u64::MAX => "2^64 bytes and more".into(),
        1 => "1 byte".into(),
        0..0x10_0000 => format!("{bytes} bytes"),
        0x10_0000..0x4000_0000 => format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20)),
        _ => format!("{:.1} GiB", bytes as f64 / f64::from(1 << 30)),
    }
}
