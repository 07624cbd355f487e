//! Parse `command --flag value ...` against what a command knows.

use std::path::PathBuf;
use std::str::FromStr;

use super::error::UsageError;
use crate::suggest::nearest;

/// A flag of a command.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flag {
    /// With its dashes.
    pub(super) name: &'static str,
    /// What stands after it, in the help; a flag without is a switch.
    pub(super) value: Option<&'static str>,
    /// Whether the command needs it.
    pub(super) required: bool,
    /// One line of help.
    pub(super) help: &'static str,
}

impl Flag {
    pub(super) const fn required(name: &'static str, value: &'static str, help: &'static str) -> Self {
        Self { name, value: Some(value), required: true, help }
    }

    pub(super) const fn optional(name: &'static str, value: &'static str, help: &'static str) -> Self {
        Self { name, value: Some(value), required: false, help }
    }

    pub(super) const fn switch(name: &'static str, help: &'static str) -> Self {
        Self { name, value: None, required: false, help }
    }

    /// As it is written on a command line.
    pub(super) fn usage(&self) -> String {
        let written = match self.value {
            Some(value) => format!("{} {value}", self.name),
            None => self.name.to_owned(),
        };
        if self.required { written } else { format!("[{written}]") }
    }
}

/// A command with its flags.
#[derive(Clone, Copy, Debug)]
pub(super) struct Command {
    pub(super) name: &'static str,
    pub(super) help: &'static str,
    pub(super) flags: &'static [Flag],
}

/// The values of a command's flags.
#[derive(Debug)]
pub(super) struct Values {
    command: &'static Command,
    given: Vec<(&'static Flag, String)>,
}

impl Values {
    /// Pairs flags with their values (`--flag value` or `--flag=value`). All required flags are there afterwards.
    pub(super) fn parse(
        command: &'static Command,
        arguments: impl IntoIterator<Item = String>,
    ) -> Result<Self, UsageError> {
        let mut given: Vec<(&'static Flag, String)> = Vec::new();
        let mut arguments = arguments.into_iter().peekable();
        while let Some(argument) = arguments.next() {
            let (name, joined) = match argument.split_once('=') {
                Some((name, value)) if name.starts_with('-') => (name.to_owned(), Some(value.to_owned())),
                _ => (argument, None),
            };
            let Some(flag) = command.flags.iter().find(|flag| flag.name == name) else {
                return Err(if name.starts_with('-') {
                    let suggestion = nearest(&name, command.flags.iter().map(|flag| flag.name));
                    let known = command.flags.iter().map(|flag| flag.name).collect();
                    UsageError::UnknownFlag { command: command.name, flag: name, suggestion, known }
                } else {
                    UsageError::Unexpected { command: command.name, argument: name }
                });
            };
            if given.iter().any(|(other, _)| other.name == flag.name) {
                return Err(UsageError::Twice { flag: flag.name });
            }
            let value = match (flag.value, joined) {
                (Some(_), Some(value)) => value,
                (Some(value), None) => arguments
                    .next_if(|next| !next.starts_with("--"))
                    .ok_or(UsageError::NoValue { flag: flag.name, value })?,
                (None, Some(_)) => return Err(UsageError::Switch { flag: flag.name }),
                (None, None) => String::new(),
            };
            given.push((flag, value));
        }
        for flag in command.flags.iter().filter(|flag| flag.required) {
            if !given.iter().any(|(other, _)| other.name == flag.name) {
                let value = flag.value.unwrap_or_default();
                return Err(UsageError::Missing { command: command.name, flag: flag.name, value });
            }
        }
        Ok(Self { command, given })
    }

    fn text(&self, name: &str) -> Option<&str> {
        debug_assert!(self.command.flags.iter().any(|flag| flag.name == name), "{name} is declared");
        self.given.iter().find(|(flag, _)| flag.name == name).map(|(_, value)| value.as_str())
    }

    /// Whether a switch is given.
    pub(super) fn switch(&self, name: &str) -> bool {
        self.text(name).is_some()
    }

    /// The value of a flag, where it is given.
    pub(super) fn optional<T>(&self, name: &'static str) -> Result<Option<T>, UsageError>
    where
        T: FromStr<Err: std::fmt::Display>,
    {
        let parsed = self.text(name).map(|text| {
            text.parse().map_err(|error: T::Err| UsageError::Value { flag: name, reason: error.to_string() })
        });
        parsed.transpose()
    }

    /// The value of a flag that [`parse`](Self::parse) required.
    pub(super) fn required<T>(&self, name: &'static str) -> Result<T, UsageError>
    where
        T: FromStr<Err: std::fmt::Display>,
    {
        let missing = UsageError::Missing { command: self.command.name, flag: name, value: "" };
        self.optional(name)?.ok_or(missing)
    }

    /// A whole number of at least `least`, or `default`.
    pub(super) fn number(&self, name: &'static str, least: u64, default: u64) -> Result<u64, UsageError> {
        let Some(text) = self.text(name) else { return Ok(default) };
        match text.parse() {
            Ok(number) if number >= least => Ok(number),
            _ => Err(UsageError::Number { flag: name, text: text.to_owned(), least }),
        }
    }

    /// As [`number`](Self::number), for counts.
    pub(super) fn count(&self, name: &'static str, default: usize) -> Result<usize, UsageError> {
        let number = self.number(name, 1, default as u64)?;
        usize::try_from(number).map_err(|_| UsageError::Number { flag: name, text: number.to_string(), least: 1 })
    }

    /// A file to be written, refused now where its folder does not exist, not after minutes of work.
    pub(super) fn output(&self, name: &'static str) -> Result<Option<PathBuf>, UsageError> {
        let Some(path) = self.text(name).map(PathBuf::from) else { return Ok(None) };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        if path.is_dir() || path.file_name().is_none() {
            Err(UsageError::Value { flag: name, reason: format!("`{}` is not the name of a file", path.display()) })
        } else if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
            let reason = format!("there is no folder `{}`: make it first", folder.display());
            Err(UsageError::Value { flag: name, reason })
        } else {
            Ok(Some(path))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Command, Flag, Values};

    const COMMAND: Command = Command {
        name: "try",
        help: "",
        flags: &[
            Flag::required("--task", "<task>", ""),
            Flag::optional("--seed", "<number>", ""),
            Flag::optional("--out", "<file>", ""),
            Flag::switch("--quiet", ""),
        ],
    };

    fn parse(line: &str) -> Result<Values, String> {
        Values::parse(&COMMAND, line.split_whitespace().map(str::to_owned)).map_err(|error| error.to_string())
    }

    #[test]
    fn accepted() {
        let values = parse("--quiet --seed 7 --task=sir").expect("fine");
        assert_eq!(values.required::<String>("--task").as_deref(), Ok("sir"));
        assert_eq!((values.number("--seed", 0, 1), values.switch("--quiet")), (Ok(7), true));
        let values = parse("--task sir").expect("fine");
        assert_eq!((values.count("--seed", 5), values.switch("--quiet")), (Ok(5), false));
        assert_eq!(values.optional::<String>("--out"), Ok(None));
    }

    #[test]
    fn refused() {
        #[track_caller]
        fn check(line: &str, expected: &str) {
            assert_eq!(parse(line).expect_err("refused"), expected);
        }
        check("", "`try` needs --task: add `--task <task>`");
        check("--task", "--task needs a value: write `--task <task>`");
        check("--task --seed 1", "--task needs a value: write `--task <task>`");
        check("--task a --task b", "--task is given twice: remove one");
        check("--task a --quiet=yes", "--quiet takes no value: write it alone");
        check("--task a b", "`try` does not expect `b`: every value follows its flag");
        check(
            "--tsak a",
            "`try` has no flag `--tsak` (did you mean `--task`?); its flags are `--task`, `--seed`, `--out`, `--quiet`",
        );
        check("--colour red", "`try` has no flag `--colour`; its flags are `--task`, `--seed`, `--out`, `--quiet`");
    }

    #[test]
    fn values_refused() {
        #[track_caller]
        fn number(text: &str, least: u64, expected: &str) {
            let values = parse(&format!("--task a --seed={text}")).expect("paired");
            assert_eq!(values.number("--seed", least, 1).expect_err("refused").to_string(), expected);
        }
        number("many", 0, "--seed: `many` is not a whole number of at least 0");
        number("-1", 0, "--seed: `-1` is not a whole number of at least 0");
        number("0", 1, "--seed: `0` is not a whole number of at least 1");
        number("1e3", 1, "--seed: `1e3` is not a whole number of at least 1");
        number("", 1, "--seed: `` is not a whole number of at least 1");
        let output = |text: &str| {
            let values = parse(&format!("--task a --out {text}")).expect("paired");
            values.output("--out").map_err(|error| error.to_string())
        };
        assert_eq!(output("file.csv"), Ok(Some("file.csv".into())));
        assert_eq!(output("no/such/x.csv"), Err("--out: there is no folder `no/such`: make it first".to_owned()));
        assert_eq!(output("src"), Err("--out: `src` is not the name of a file".to_owned()));
    }
}
