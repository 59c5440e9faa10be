//! From Rust to what a browser runs: cargo for wasm32, wasm-bindgen as a library, wasm-opt through npm's binaryen.
//!
//! What must hold:
//! - An optimised module is used only after a smoke test: it is started in node beside the one it came from, both must
//!   have the same exports and give the same answer (a wasm-opt that breaks modules and exits with 0 has been seen).
//! - wasm-opt gets no feature flags: with `--all-features` it made modules that fail when they run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use wasm_bindgen_cli_support::Bindgen;

use crate::bundle::Options;
use crate::repo::{Repo, cargo};
use crate::{order, panics, shorten};

const TARGET: &str = "wasm32-unknown-unknown";
const SMOKE: &str = include_str!("smoke.mjs");

/// One of the two bundles of the core.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// For Gmail's tab: a classic script, the module inside it.
    Content,
    /// For the service worker and the pages: an ES module beside its `.wasm`.
    Extension,
}

impl Part {
    /// The cargo feature of the root package that this bundle is made with.
    pub fn feature(self) -> &'static str {
        match self {
            Self::Content => "content",
            Self::Extension => "extension",
        }
    }

    /// How wasm-bindgen names its files.
    fn stem(self) -> &'static str {
        match self {
            Self::Content => "content",
            Self::Extension => "core",
        }
    }

    /// What wasm-opt does to it.
    fn passes(self) -> &'static [&'static str] {
        match self {
            // What is called from one place alone is put there only while it is small. Whatever the size, the module is 1 % smaller,
            // but takes 6 % more with gzip: in functions of thousands of lines the same code has other numbers of locals each time.
            // Hints at how memory is aligned, which no browser needs, are left out: half a percent.
            Self::Content => &["-Oz", "--gufa", "-Oz", "--dealign", "--one-caller-inline-max-function-size=15"],
            Self::Extension => &["-Oz", "--gufa", "-Oz"],
        }
    }
}

/// What wasm-bindgen and wasm-opt made of a part.
#[derive(Debug)]
pub struct Made {
    /// The JavaScript glue.
    pub glue: String,
    /// The module.
    pub wasm: Vec<u8>,
    /// Whether wasm-opt was used.
    pub optimised: bool,
}

/// Builds a part, or takes it from the last time when nothing that it is made of has changed.
pub fn make(repo: &Repo, target_dir: &Path, part: Part, options: Options) -> Result<Made> {
    let compiled = compile(repo, target_dir, part, options)?;
    let wasm_opt = if options.dev || options.no_opt { None } else { wasm_opt(repo) };
    let folder = target_dir.join("xtask").join(format!("{}{}", part.stem(), if options.dev { "-dev" } else { "" }));
    let glue = folder.join(format!("{}.js", part.stem()));
    let wasm = folder.join(format!("{}_bg.wasm", part.stem()));
    let stamp = folder.join("stamp");

    let key = stamp_of(&compiled, part, options, wasm_opt.as_deref())?;
    if fs::read_to_string(&stamp).is_ok_and(|old| old == key) && glue.is_file() && wasm.is_file() {
        return read(&glue, &wasm, wasm_opt.is_some());
    }

    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("clearing {}", folder.display()))?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    bindgen(compiled, part, options, &folder)?;
    if !options.dev {
        shorten::imports(&glue, &wasm)?;
    }
    if names_first(part, options) {
        let module = fs::read(&wasm).with_context(|| format!("reading {}", wasm.display()))?;
        let module = panics::without_words(&module).context("the module is not of the form that is known")?;
        fs::write(&wasm, module).with_context(|| format!("writing {}", wasm.display()))?;
    }
    if let Some(wasm_opt) = &wasm_opt {
        optimise(wasm_opt, &folder, part, &glue, &wasm)?;
    } else {
        smoke(part, &glue, &wasm, None)?;
    }
    fs::write(&stamp, key).with_context(|| format!("writing {}", stamp.display()))?;
    read(&glue, &wasm, wasm_opt.is_some())
}

fn read(glue: &Path, wasm: &Path, optimised: bool) -> Result<Made> {
    Ok(Made {
        glue: fs::read_to_string(glue).with_context(|| format!("reading {}", glue.display()))?,
        wasm: fs::read(wasm).with_context(|| format!("reading {}", wasm.display()))?,
        optimised,
    })
}

/// What decides whether the last output still holds: the compiled module (which carries wasm-bindgen's version), the way,
/// and the wasm-opt that is installed.
fn stamp_of(compiled: &[u8], part: Part, options: Options, wasm_opt: Option<&Path>) -> Result<String> {
    let mut hash = Sha256::new();
    hash.update(compiled);
    hash.update(SMOKE);
    hash.update(include_bytes!("shorten.rs"));
    hash.update(include_bytes!("panics.rs"));
    hash.update(include_bytes!("order.rs"));
    hash.update(part.passes().join(" "));
    hash.update(format!("{part:?} {options:?}"));
    if let Some(package) = wasm_opt.and_then(|path| path.parent()).and_then(Path::parent) {
        let package = package.join("package.json");
        hash.update(fs::read(&package).with_context(|| format!("reading {}", package.display()))?);
    }
    Ok(STANDARD.encode(hash.finalize()))
}

fn compile(repo: &Repo, target_dir: &Path, part: Part, options: Options) -> Result<Vec<u8>> {
    let profile = if options.dev { "wasm-dev" } else { "wasm" };
    let mut command = cargo(repo.root());
    command.args(["build", "--quiet", "--lib", "--package", "waxwing-extension", "--target", TARGET]);
    command.args(["--profile", profile, "--no-default-features", "--features", part.feature()]);
    // Panics name source files: by their crate, not by where this machine keeps them.
    let home =
        std::env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    let mut flags = vec![format!("--remap-path-prefix={}=", repo.root().display())];
    flags.extend(home.map(|home| format!("--remap-path-prefix={}=cargo", home.display())));
    // The loop of SHA-256 instead of its unrolled form: a fifth of the size, and a mail hashes a few hundred bytes.
    flags.push("--cfg=sha2_backend_soft=\"compact\"".to_owned());
    command.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
    ensure!(command.status().context("running cargo build")?.success(), "the core did not build for {TARGET}");
    let compiled = target_dir.join(TARGET).join(profile).join("waxwing_extension.wasm");
    fs::read(&compiled).with_context(|| format!("reading {}", compiled.display()))
}

/// Whether the names of functions are there for [`panics::without_words`], which takes them away.
fn names_first(part: Part, options: Options) -> bool {
    part == Part::Content && !options.dev
}

fn bindgen(compiled: Vec<u8>, part: Part, options: Options, folder: &Path) -> Result<()> {
    let mut bindgen = Bindgen::new();
    match part {
        // No default path: a content script has no address of its own to load from.
        Part::Content => bindgen.no_modules(true)?.omit_default_module_path(true),
        Part::Extension => bindgen.web(true)?.omit_default_module_path(false),
    };
    bindgen
        .typescript(false)
        .keep_debug(false)
        .remove_name_section(!options.dev && !names_first(part, options))
        .remove_producers_section(true)
        .input_bytes(part.stem(), compiled)
        .generate(folder)
        .context("wasm-bindgen")
}

/// npm's binaryen, when `tests/` has it installed.
fn wasm_opt(repo: &Repo) -> Option<PathBuf> {
    let path = repo.path("tests/node_modules/binaryen/bin/wasm-opt");
    path.is_file().then_some(path)
}

fn optimise(wasm_opt: &Path, folder: &Path, part: Part, glue: &Path, wasm: &Path) -> Result<()> {
    let plain = folder.join("unoptimised.wasm");
    fs::rename(wasm, &plain).with_context(|| format!("moving {}", wasm.display()))?;
    run(wasm_opt, part.passes(), &plain, wasm)?;
    if part == Part::Content {
        let module = fs::read(wasm).with_context(|| format!("reading {}", wasm.display()))?;
        let module = order::named_by_likeness(&module).context("the module is not of the form that is known")?;
        let named = folder.join("named.wasm");
        fs::write(&named, module).with_context(|| format!("writing {}", named.display()))?;
        run(wasm_opt, &[part.passes(), &["--reorder-functions-by-name"]].concat(), &named, wasm)?;
    }
    smoke(part, glue, wasm, Some(&plain))
}

fn run(wasm_opt: &Path, passes: &[&str], from: &Path, to: &Path) -> Result<()> {
    let status = Command::new("node").arg(wasm_opt).args(passes).arg(from).arg("-o").arg(to).status();
    ensure!(status.context("running wasm-opt")?.success(), "wasm-opt failed");
    Ok(())
}

/// Starts the module in node, if there is one, and compares it with the one it was made from.
fn smoke(part: Part, glue: &Path, wasm: &Path, plain: Option<&Path>) -> Result<()> {
    let mut node = Command::new("node");
    node.args(["--input-type=module", "--eval", SMOKE, "--", part.feature()]).arg(glue).arg(wasm).args(plain);
    match node.output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => bail!("the {} module does not run: {}", part.feature(), String::from_utf8_lossy(&output.stderr).trim()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            eprintln!("xtask: node is not there, so the {} module was not tried", part.feature());
            Ok(())
        }
        Err(error) => Err(error).context("running node"),
    }
}
