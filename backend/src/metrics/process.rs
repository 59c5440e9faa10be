//! What the system says of this process. Linux tells; elsewhere nothing is said.

/// Numbers of this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Process {
    /// Bytes of memory that are really in use.
    pub resident: i64,
    /// Open files and sockets.
    pub files: i64,
}

/// Asks the system.
#[cfg(target_os = "linux")]
pub fn read() -> Option<Process> {
    let pages: i64 = std::fs::read_to_string("/proc/self/statm").ok()?.split(' ').nth(1)?.parse().ok()?;
    let page = i64::try_from(rustix::param::page_size()).ok()?;
    // Reading the folder opens a file itself.
    let files = std::fs::read_dir("/proc/self/fd").ok()?.count().saturating_sub(1);
    Some(Process { resident: pages.saturating_mul(page), files: i64::try_from(files).ok()? })
}

/// Asks the system.
#[cfg(not(target_os = "linux"))]
pub fn read() -> Option<Process> {
    None
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #[test]
    fn it_has_memory_and_files() {
        let process = super::read().unwrap();
        assert!(process.resident > 1024 * 1024 && process.files >= 3, "{process:?}");
    }
}
