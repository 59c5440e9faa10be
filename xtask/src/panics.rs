//! Takes out of a module what a panic would say: its words, its places in the sources, and the code that puts them together.
//!
//! Nobody hears them. Rust's standard library writes them to a standard error that a browser's module does not have; what is seen
//! of a panic is a trap, with or without them. They are an eighth of what a Gmail tab would load.
//!
//! What must hold: a panic still traps, at the same moment, and nothing else behaves in another way. So only functions that never
//! return lose their bodies, known by the names that Rust gives them; and of the data only what has the form of a place goes.

use std::collections::BTreeMap;

use crate::shorten::{name, number, put_number};

/// What the names of functions begin with that only ever panic.
const PANICS: [&str; 19] = [
    "<std::panicking::",
    "__rustc::__rust_alloc_error_handler",
    "__rustc::rust_begin_unwind",
    "__rustc::rust_panic",
    "alloc::alloc::handle_alloc_error",
    "alloc::raw_vec::capacity_overflow",
    "alloc::raw_vec::handle_error",
    "core::cell::panic_already_",
    "core::option::expect_failed",
    "core::option::unwrap_failed",
    "core::panicking::",
    "core::result::unwrap_failed",
    "core::slice::copy_from_slice_impl::len_mismatch_fail",
    "core::slice::index::slice_index_fail",
    "core::str::slice_error_fail",
    "std::alloc::rust_oom",
    "std::panicking::panic_handler",
    "std::panicking::panic_with_hook",
    "std::thread::local::panic_access_error",
];

/// A body without locals that traps.
const TRAP: &[u8] = b"\0\0\x0b";

/// The sections of a module that are looked at.
const NAMED: u8 = 0;
const IMPORTS: u8 = 2;
const CODE: u8 = 10;
const DATA: u8 = 11;

/// The module, whose functions have names, without what panics say and without the names; `None` when it is not understood.
pub fn without_words(module: &[u8]) -> Option<Vec<u8>> {
    let sections = sections(module)?;
    let imported = match sections.iter().find(|(id, _)| *id == IMPORTS) {
        Some((_, imports)) => number(imports)?.0,
        None => 0,
    };
    let names = sections.iter().filter(|(id, _)| *id == NAMED).find_map(|(_, custom)| names(custom))?;
    let mut out = module.get(..8)?.to_vec();
    for (id, section) in sections {
        let section = match id {
            NAMED if name(section)?.0 == "name" => continue,
            CODE => with_traps(section, imported, &names)?,
            DATA => without_places(section)?,
            _ => section.to_vec(),
        };
        out.push(id);
        put_number(&mut out, section.len());
        out.extend(section);
    }
    Some(out)
}

fn sections(module: &[u8]) -> Option<Vec<(u8, &[u8])>> {
    let mut sections = Vec::new();
    let mut rest = module.get(8..)?;
    while let Some((&id, after)) = rest.split_first() {
        let (size, after) = number(after)?;
        let (section, after) = after.split_at_checked(size)?;
        sections.push((id, section));
        rest = after;
    }
    Some(sections)
}

/// The names of functions by their numbers; `None` when a section holds none.
fn names(custom: &[u8]) -> Option<BTreeMap<usize, &str>> {
    const FUNCTIONS: u8 = 1;
    let ("name", mut rest) = name(custom)? else { return None };
    while let Some((&id, after)) = rest.split_first() {
        let (size, after) = number(after)?;
        let (mut part, after) = after.split_at_checked(size)?;
        if id == FUNCTIONS {
            let (count, names) = number(part)?;
            part = names;
            let mut names = BTreeMap::new();
            for _ in 0..count {
                let (function, after) = number(part)?;
                let (name, after) = name(after)?;
                names.insert(function, name);
                part = after;
            }
            return Some(names);
        }
        rest = after;
    }
    None
}

/// Whether a function of this name only ever panics.
fn panics(name: &str) -> bool {
    // The compiler's number of a crate stands behind its name: `core[c5930c85a12de822]::…`.
    let mut plain = String::new();
    for part in name.split('[') {
        plain.push_str(part.split_once(']').map_or(part, |(_, after)| after));
    }
    PANICS.iter().any(|panics| plain.starts_with(panics))
}

fn with_traps(code: &[u8], imported: usize, names: &BTreeMap<usize, &str>) -> Option<Vec<u8>> {
    let (count, mut rest) = number(code)?;
    let mut out = Vec::with_capacity(code.len());
    put_number(&mut out, count);
    for function in imported..imported + count {
        let (size, after) = number(rest)?;
        let (body, after) = after.split_at_checked(size)?;
        let body = if names.get(&function).is_some_and(|name| panics(name)) { TRAP } else { body };
        put_number(&mut out, body.len());
        out.extend(body);
        rest = after;
    }
    rest.is_empty().then_some(out)
}

/// A piece of the memory as it is at first.
struct Piece {
    /// Where it stands in memory.
    address: usize,
    bytes: Vec<u8>,
}

impl Piece {
    fn holds(&self, address: usize) -> bool {
        (self.address..self.address + self.bytes.len()).contains(&address)
    }
}

/// The section of data with zeros for the places that panics name: file, line and column, and the names of these files.
fn without_places(data: &[u8]) -> Option<Vec<u8>> {
    /// Memory 0, at a constant.
    const ACTIVE: u8 = 0;
    const CONSTANT: u8 = 0x41;
    const END: u8 = 0x0b;
    let (count, mut rest) = number(data)?;
    let mut pieces = Vec::new();
    for _ in 0..count {
        let (ACTIVE, after) = rest.split_first().map(|(kind, after)| (*kind, after))? else { return None };
        let (CONSTANT, after) = after.split_first().map(|(what, after)| (*what, after))? else { return None };
        let (address, after) = number(after)?;
        let (END, after) = after.split_first().map(|(what, after)| (*what, after))? else { return None };
        let (size, after) = number(after)?;
        let (bytes, after) = after.split_at_checked(size)?;
        pieces.push(Piece { address, bytes: bytes.to_vec() });
        rest = after;
    }
    let mut gone = Vec::new();
    for piece in &pieces {
        for at in (0..piece.bytes.len()).filter(|at| (piece.address + at).is_multiple_of(4)) {
            if let Some(file) = place(piece.bytes.get(at..at + PLACE).unwrap_or_default(), &pieces) {
                gone.extend([(piece.address + at, PLACE), file]);
            }
        }
    }
    for (address, length) in gone {
        let piece = pieces.iter_mut().find(|piece| piece.holds(address))?;
        let at = address - piece.address;
        piece.bytes.get_mut(at..at + length)?.fill(0);
    }
    let mut out = Vec::with_capacity(data.len());
    put_number(&mut out, count);
    for piece in pieces {
        out.extend([ACTIVE, CONSTANT]);
        put_signed(&mut out, piece.address);
        out.push(END);
        put_number(&mut out, piece.bytes.len());
        out.extend(piece.bytes);
    }
    rest.is_empty().then_some(out)
}

/// How many bytes a place takes: address and length of the file's name, line, column.
const PLACE: usize = 16;

/// Where the name of the file stands, and how long it is, if these bytes are a place.
fn place(bytes: &[u8], pieces: &[Piece]) -> Option<(usize, usize)> {
    let bytes: &[u8; PLACE] = bytes.try_into().ok()?;
    let mut fields =
        bytes.chunks_exact(4).map(|field| field.iter().rev().fold(0, |value, byte| value << 8 | usize::from(*byte)));
    let (address, length, line, column) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    let is_place = (4..300).contains(&length) && (1..100_000).contains(&line) && (1..1_000).contains(&column);
    let piece = pieces.iter().find(|piece| is_place && piece.holds(address))?;
    let text = piece.bytes.get(address - piece.address..)?.get(..length)?;
    let of_path = |byte: &u8| byte.is_ascii_alphanumeric() || b"/\\._- ".contains(byte);
    (text.ends_with(b".rs") && text.iter().all(of_path)).then_some((address, length))
}

/// Writes a signed LEB128 number that is not negative.
fn put_signed(out: &mut Vec<u8>, value: usize) {
    let at = out.len();
    put_number(out, value);
    // The highest bit of the last byte is the sign.
    if let Some(last) = out[at..].last_mut()
        && *last & 0x40 != 0
    {
        *last |= 0x80;
        out.push(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shorten::put_name;

    fn put_section(module: &mut Vec<u8>, id: u8, section: &[u8]) {
        module.push(id);
        put_number(module, section.len());
        module.extend(section);
    }

    /// A module with one import, and functions of these names and bodies.
    fn module(functions: &[(&str, &[u8])], data: &[u8]) -> Vec<u8> {
        let mut module = b"\0asm\x01\0\0\0".to_vec();
        put_section(&mut module, IMPORTS, b"\x01\x01x\x01y\0\0");
        let mut code = Vec::new();
        put_number(&mut code, functions.len());
        for (_, body) in functions {
            put_number(&mut code, body.len());
            code.extend(*body);
        }
        put_section(&mut module, CODE, &code);
        put_section(&mut module, DATA, data);
        let mut names = Vec::new();
        put_number(&mut names, functions.len());
        for (at, (name, _)) in functions.iter().enumerate() {
            // The import is function 0.
            put_number(&mut names, at + 1);
            put_name(&mut names, name);
        }
        let mut custom = Vec::new();
        put_name(&mut custom, "name");
        custom.push(1);
        put_number(&mut custom, names.len());
        custom.extend(names);
        put_section(&mut module, NAMED, &custom);
        put_section(&mut module, NAMED, b"\x05other");
        module
    }

    #[test]
    fn what_only_panics_is_a_trap_and_all_else_stays() {
        let body: &[u8] = b"\0\x01\x01\x01\x01\x0b";
        let before = module(
            &[
                ("core[c5930c85a12de822]::panicking::panic_fmt", body),
                ("waxwing_extension::content::panicking", body),
                ("<std[a543996e6e7dbf1e]::panicking::panic_handler::StaticStrPayload as core::any::Any>::type_id", body),
                ("<[u8]>::starts_with", body),
                ("core::option::expect_failed::h0123456789abcdef", body),
                ("core::option::Option<T>::expect::h0123456789abcdef", body),
            ],
            b"\0",
        );
        let after = without_words(&before).expect("a module that is understood");
        let sections = sections(&after).expect("sections");
        assert_eq!(
            sections.iter().map(|(id, _)| *id).collect::<Vec<_>>(),
            [IMPORTS, CODE, DATA, NAMED],
            "no names of functions"
        );
        let mut code = vec![6];
        for body in [TRAP, body, TRAP, body, TRAP, body] {
            put_number(&mut code, body.len());
            code.extend(body);
        }
        assert_eq!(sections[1].1, code);
        assert_eq!(sections[3].1, b"\x05other");
    }

    #[test]
    fn only_places_leave_the_data() {
        let address = 1_048_576_u32;
        let words = |words: [u32; 4]| words.map(u32::to_le_bytes).concat();
        // A name, a place in it, and what is none: too far right, in another text, beyond the end.
        let file = b"src/a.rs";
        let text = b"not_path";
        let other = [words([address, 8, 12, 1_000]), words([address + 8, 8, 12, 7]), words([address + 400, 8, 12, 7])].concat();
        let piece = [&file[..], text, &words([address, 8, 12, 7]), &other].concat();
        let mut data = vec![2];
        for (address, piece) in [(1_048_576, &piece[..]), (2_000_000, b"src/a.rs")] {
            data.extend([0, 0x41]);
            put_signed(&mut data, address);
            data.push(0x0b);
            put_number(&mut data, piece.len());
            data.extend(piece);
        }
        let after = without_places(&data).expect("data that is understood");
        let expected = [&[0; 8][..], text, &[0; 16], &other].concat();
        let at = data.windows(piece.len()).position(|window| window == piece).expect("the piece");
        assert_eq!(after[at..at + piece.len()], expected);
        assert_eq!(
            (after.len(), &after[..at], &after[at + piece.len()..]),
            (data.len(), &data[..at], &data[at + piece.len()..])
        );
    }

    #[test]
    fn numbers_that_are_not_negative_are_written_with_a_sign() {
        for (value, bytes) in [(0, &b"\0"[..]), (63, b"\x3f"), (64, b"\xc0\0"), (1_048_576, b"\x80\x80\xc0\0")] {
            let mut out = Vec::new();
            put_signed(&mut out, value);
            assert_eq!(out, bytes, "{value}");
        }
    }

    #[test]
    fn what_is_no_module_is_not_touched() {
        for odd in [&b""[..], b"\0asm\x01\0\0\0", b"\0asm\x01\0\0\0\x0a\xff", b"\0asm\x01\0\0\0\x0a\x05\x01"] {
            assert_eq!(without_words(odd), None);
        }
    }
}
