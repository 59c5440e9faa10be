//! `package`: what is handed out: the zip for the store, and the release binary beside it.
//!
//! The zip is reproducible: sorted names, one fixed time, one mode, one compression level. It has no `key`, since the
//! store signs with a key of its own.

use std::fs;
use std::io::{Cursor, Write as _};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::bundle::OUT;
use crate::manifest;
use crate::repo::{Repo, files, write_if_changed};

/// Makes `dist/waxwing-extension-VERSION.zip` from `dist/extension`, and copies `binary` to `dist/`.
pub fn package(repo: &Repo, binary: Option<&Path>) -> Result<()> {
    let folder = repo.path(OUT);
    ensure!(folder.join("manifest.json").is_file(), "{OUT} is not there: bundle first");
    let metadata = repo.metadata(false)?;
    let version = repo.version(&metadata)?;

    let mut content = Vec::new();
    for name in files(&folder)? {
        let bytes = if name == "manifest.json" {
            manifest::finished(&repo.json("manifest.json")?, &version, false)?
        } else {
            fs::read(folder.join(&name)).with_context(|| format!("reading {name}"))?
        };
        content.push((name, bytes));
    }
    let archive = format!("dist/waxwing-extension-{version}.zip");
    write_if_changed(&repo.path(&archive), &zip(&content)?)?;
    say(&archive);

    if let Some(binary) = binary {
        let system = format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH);
        let target = format!("dist/waxwing-{version}-{system}{}", std::env::consts::EXE_SUFFIX);
        fs::copy(binary, repo.path(&target)).with_context(|| format!("copying {}", binary.display()))?;
        say(&target);
    }
    Ok(())
}

/// A zip archive of files in the order given.
fn zip(content: &[(String, Vec<u8>)]) -> Result<Vec<u8>> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(9))
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in content {
        writer.start_file(name, options).with_context(|| format!("adding {name}"))?;
        writer.write_all(bytes)?;
    }
    Ok(writer.finish()?.into_inner())
}

#[expect(clippy::print_stdout, reason = "the files this command made")]
fn say(line: &str) {
    println!("{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_files_give_the_same_bytes() {
        let content = [("a.js".to_owned(), b"one".to_vec()), ("b/c.css".to_owned(), b"two".to_vec())];
        let first = zip(&content).unwrap();
        assert_eq!(first, zip(&content).unwrap());
        assert_eq!(first.get(..2), Some(&b"PK"[..]));
    }
}
