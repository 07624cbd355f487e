//! Write a file whole or not at all, and say why one cannot be read or written.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// Writes `bytes` to a new file beside `path` and renames it, so that a reader sees the old content or the new.
///
/// # Errors
/// Whatever the file system says; the half-written file is then removed.
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let Some(name) = path.file_name() else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not the name of a file"));
    };
    let mut temporary = std::ffi::OsString::from(".");
    temporary.push(name);
    temporary.push(format!(".{}-{}.tmp", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed)));
    let temporary = path.with_file_name(temporary);
    let write = || {
        let mut file = File::create(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, path)
    };
    write()
        .inspect_err(|_| {
            // The first error is the one to report.
            let _ = fs::remove_file(&temporary);
        })
        .map_err(|error| match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() && !folder.exists() => {
                io::Error::new(error.kind(), format!("{error}: make the folder {} first", folder.display()))
            }
            _ => error,
        })
}

/// Why `path` cannot be read; where it is relative and does not exist, where it was looked for.
pub(crate) fn unreadable(path: &Path, error: &io::Error) -> String {
    match std::env::current_dir() {
        Ok(here) if path.is_relative() && error.kind() == io::ErrorKind::NotFound => {
            format!("{error}; it was looked for in {}", here.display())
        }
        _ => error.to_string(),
    }
}
