//! Read how much memory the process has used at most, where the system says so (Linux).

/// Starts counting anew, so that [`peak_mib`] speaks of what follows. Whether the system could.
pub fn reset_peak() -> bool {
    std::fs::write("/proc/self/clear_refs", "5").is_ok()
}

/// The largest resident memory since the last [`reset_peak`], in MiB; `None` where the system does not say.
pub fn peak_mib() -> Option<f64> {
    high_water(&std::fs::read_to_string("/proc/self/status").ok()?)
}

fn high_water(status: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::{high_water, peak_mib, reset_peak};

    #[test]
    fn the_line_is_found() {
        assert_eq!(high_water("VmPeak:\t  999 kB\nVmHWM:\t    2048 kB\n"), Some(2.0));
        assert_eq!(high_water("VmPeak:\t  999 kB\n"), None);
    }

    #[test]
    fn it_counts_from_the_reset() {
        let block = std::hint::black_box(vec![1_u8; 64 << 20]);
        let Some(with) = peak_mib() else {
            eprintln!("the system does not say: nothing to check");
            return;
        };
        assert!(with >= 64.0, "{with}");
        drop(block);
        if reset_peak() {
            let without = peak_mib().expect("it said so before");
            assert!(without < with - 32.0, "{without} after {with}");
        }
    }
}
