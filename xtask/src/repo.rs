//! Where things are in the repository, and small helpers for its files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

/// The repository that this tool was built from.
#[derive(Debug, Clone)]
pub struct Repo {
    root: PathBuf,
}

impl Repo {
    /// Finds the root: the folder above `xtask/`.
    pub fn here() -> Result<Self> {
        let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = xtask.parent().context("xtask has no parent folder")?.to_path_buf();
        ensure!(root.join("manifest.json").is_file(), "{} holds no manifest.json", root.display());
        Ok(Self { root })
    }

    /// A path from the root.
    pub fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.root.join(relative)
    }

    /// The root.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A text file of the repository.
    pub fn read(&self, relative: impl AsRef<Path>) -> Result<String> {
        let path = self.path(relative);
        fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))
    }

    /// A JSON file of the repository.
    pub fn json(&self, relative: impl AsRef<Path>) -> Result<Value> {
        let relative = relative.as_ref();
        serde_json::from_str(&self.read(relative)?).with_context(|| format!("reading {}", relative.display()))
    }

    /// `cargo metadata`, with all dependencies when `deps` is set. Needs no network when they are already fetched.
    pub fn metadata(&self, deps: bool) -> Result<Value> {
        let mut cargo = cargo(&self.root);
        cargo.args(["metadata", "--format-version=1"]);
        if !deps {
            cargo.arg("--no-deps");
        }
        let output = cargo.output().context("running cargo metadata")?;
        if !output.status.success() {
            bail!("cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        serde_json::from_slice(&output.stdout).context("reading what cargo metadata printed")
    }

    /// The version of the product: the root package's.
    pub fn version(&self, metadata: &Value) -> Result<String> {
        packages(metadata)
            .find(|package| package["name"] == "waxwing-extension")
            .and_then(|package| package["version"].as_str())
            .map(str::to_owned)
            .context("cargo metadata does not name waxwing-extension")
    }
}

/// A `cargo` command in `folder`: the cargo that runs us, when one does.
pub fn cargo(folder: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(folder);
    command
}

/// The packages in the answer of [`Repo::metadata`].
pub fn packages(metadata: &Value) -> impl Iterator<Item = &Value> {
    metadata["packages"].as_array().map(Vec::as_slice).unwrap_or_default().iter()
}

/// All files under `folder`, sorted, as paths relative to it with `/` between the parts.
pub fn files(folder: &Path) -> Result<Vec<String>> {
    fn walk(folder: &Path, prefix: &str, found: &mut Vec<String>) -> Result<()> {
        for entry in fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))? {
            let entry = entry?;
            let name = entry.file_name().into_string().map_err(|name| anyhow::anyhow!("{} is not UTF-8", name.display()))?;
            let relative = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
            if entry.file_type()?.is_dir() {
                walk(&entry.path(), &relative, found)?;
            } else {
                found.push(relative);
            }
        }
        Ok(())
    }
    let mut found = Vec::new();
    walk(folder, "", &mut found)?;
    found.sort();
    Ok(found)
}

/// Writes a file unless it already holds exactly this, so that an unchanged bundle keeps its times.
pub fn write_if_changed(path: &Path, content: &[u8]) -> Result<bool> {
    if fs::read(path).is_ok_and(|old| old == content) {
        return Ok(false);
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    }
    fs::write(path, content).with_context(|| format!("writing {}", path.display()))?;
    Ok(true)
}
