//! The command line once more, as another command: what a message says to try.

/// `sublevel COMMAND` with the arguments of this run but those of these options, each of which takes a value; quoted for a shell.
pub fn again(command: &str, without: &[&str]) -> String {
    // The name of the program, and that of the command, before which only --json may stand.
    let given: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--json").skip(1).collect();
    with(command, &given, without)
}

fn with(command: &str, given: &[String], without: &[&str]) -> String {
    let mut words = vec!["sublevel".to_owned(), command.to_owned()];
    let mut given = given.iter();
    while let Some(argument) = given.next() {
        if without.contains(&argument.as_str()) {
            given.next();
        } else if !without.iter().any(|option| argument.starts_with(&format!("{option}="))) {
            words.push(quoted(argument));
        }
    }
    words.join(" ")
}

/// One word of a shell.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./=:,+%@~".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_stay_and_names_are_quoted() {
        let given = ["a b.pt", "it's.pt", "--out", "p", "--data=d.npz", "--scale", "1/255", "--theorem=5.1"];
        let given = given.map(str::to_owned);
        assert_eq!(
            with("barrier", &given, &["--out", "--theorem"]),
            r"sublevel barrier 'a b.pt' 'it'\''s.pt' --data=d.npz --scale 1/255"
        );
    }
}
