//! Which function of a module stands beside which: those that are alike stand together, which makes the module smaller with gzip. It
//! finds what came before only in the last 32 KiB, and the nearer it is the less it takes to say where.
//!
//! The order is told by names: wasm-opt sorts functions by theirs (`--reorder-functions-by-name`), and moves with them what refers to
//! them.

use std::collections::{BTreeMap, VecDeque};

use crate::shorten::{number, put_name, put_number};

/// Functions are alike as far as they have the same pieces, of so many bytes.
const PIECE: usize = 6;
/// The next function is compared with as many bytes of those before it. Shorter than gzip's window: what is near is worth more.
const WINDOW: usize = 8_000;
/// Added to a function's size, so that a tiny one is not alike by chance.
const TINY: u64 = 3;

const IMPORTS: u8 = 2;
const CODE: u8 = 10;

/// The module with a name for each of its functions, in whose order the functions are to stand. `None` when it is not understood.
pub fn named_by_likeness(module: &[u8]) -> Option<Vec<u8>> {
    let sections = sections(module)?;
    // wasm-bindgen imports functions alone, and they have the first numbers.
    let imported = sections.get(&IMPORTS).map_or(Some(0), |section| Some(number(section)?.0))?;
    let order = by_likeness(&bodies(sections.get(&CODE)?)?);
    let mut ranks: Vec<(usize, usize)> = order.into_iter().enumerate().map(|(rank, function)| (function, rank)).collect();
    ranks.sort_unstable();
    let mut names = Vec::new();
    put_number(&mut names, ranks.len());
    for (function, rank) in ranks {
        put_number(&mut names, imported + function);
        put_name(&mut names, &format!("{rank:06}"));
    }
    // A custom section called "name", and in it the part with the names of functions.
    let mut section = Vec::new();
    put_name(&mut section, "name");
    section.push(1);
    put_number(&mut section, names.len());
    section.extend(names);
    let mut out = module.to_vec();
    out.push(0);
    put_number(&mut out, section.len());
    out.extend(section);
    Some(out)
}

/// What stands in each section, but for custom ones.
fn sections(module: &[u8]) -> Option<BTreeMap<u8, &[u8]>> {
    let mut sections = BTreeMap::new();
    let mut rest = module.get(8..)?;
    while let Some((&id, after)) = rest.split_first() {
        let (size, after) = number(after)?;
        let (section, after) = after.split_at_checked(size)?;
        if id != 0 {
            sections.insert(id, section);
        }
        rest = after;
    }
    Some(sections)
}

/// The functions of the section of code.
fn bodies(code: &[u8]) -> Option<Vec<&[u8]>> {
    let (count, mut rest) = number(code)?;
    let mut bodies = Vec::new();
    for _ in 0..count {
        let (size, after) = number(rest)?;
        let (body, after) = after.split_at_checked(size)?;
        bodies.push(body);
        rest = after;
    }
    rest.is_empty().then_some(bodies)
}

/// The numbers of the functions, the largest first, then always the one of which the greatest share stands in the last [`WINDOW`] bytes.
fn by_likeness(bodies: &[&[u8]]) -> Vec<usize> {
    let pieces: Vec<Vec<usize>> = numbered(bodies);
    let kinds = pieces.iter().flatten().max().map_or(0, |most| most + 1);
    let mut holders = vec![Vec::new(); kinds];
    for (function, pieces) in pieces.iter().enumerate() {
        for piece in pieces {
            holders[*piece].push(function);
        }
    }
    // How often a piece is in the window, and how many of a function's pieces are.
    let (mut seen, mut shared) = (vec![0_u32; kinds], vec![0_u64; bodies.len()]);
    let (mut window, mut size) = (VecDeque::new(), 0);
    let mut left: Vec<usize> = (0..bodies.len()).collect();
    let mut order = Vec::with_capacity(bodies.len());
    let mut next = left.iter().copied().max_by_key(|function| (bodies[*function].len(), std::cmp::Reverse(*function)));
    while let Some(function) = next {
        left.retain(|other| *other != function);
        order.push(function);
        window.push_back(function);
        size += bodies[function].len();
        for piece in &pieces[function] {
            seen[*piece] += 1;
            if seen[*piece] == 1 {
                holders[*piece].iter().for_each(|holder| shared[*holder] += 1);
            }
        }
        while size > WINDOW && window.len() > 1 {
            let Some(old) = window.pop_front() else { break };
            size -= bodies[old].len();
            for piece in &pieces[old] {
                seen[*piece] -= 1;
                if seen[*piece] == 0 {
                    holders[*piece].iter().for_each(|holder| shared[*holder] -= 1);
                }
            }
        }
        // The first of equals, so that the same module always becomes the same.
        next = left.iter().copied().reduce(|best, other| {
            let whole = |function: usize| pieces[function].len() as u64 + TINY;
            if shared[other] * whole(best) > shared[best] * whole(other) { other } else { best }
        });
    }
    order
}

/// The different pieces of each function, each kind of piece by a number.
fn numbered(bodies: &[&[u8]]) -> Vec<Vec<usize>> {
    let mut kinds = BTreeMap::new();
    bodies
        .iter()
        .map(|body| {
            let mut pieces: Vec<usize> = Vec::with_capacity(body.len());
            for piece in body.windows(PIECE) {
                let next = kinds.len();
                pieces.push(*kinds.entry(piece).or_insert(next));
            }
            pieces.sort_unstable();
            pieces.dedup();
            pieces
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(bodies: &[&[u8]]) -> Vec<u8> {
        let mut code = Vec::new();
        put_number(&mut code, bodies.len());
        for body in bodies {
            put_number(&mut code, body.len());
            code.extend(*body);
        }
        // Two imported functions stand before them.
        let imports = [&[2][..], b"\x01a\x01b\0\0", b"\x01a\x01c\0\0"].concat();
        let mut module = b"\0asm\x01\0\0\0".to_vec();
        for (id, section) in [(IMPORTS, imports), (CODE, code)] {
            module.push(id);
            put_number(&mut module, section.len());
            module.extend(section);
        }
        module
    }

    /// Names by number of function.
    fn told(module: &[u8], with: &[u8]) -> Vec<(usize, String)> {
        let section = with.strip_prefix(module).unwrap().strip_prefix(&[0]).unwrap();
        let (size, section) = number(section).unwrap();
        assert_eq!(size, section.len());
        let section = section.strip_prefix(b"\x04name\x01").unwrap();
        let (size, section) = number(section).unwrap();
        assert_eq!(size, section.len());
        let (count, mut rest) = number(section).unwrap();
        let mut names = Vec::new();
        for _ in 0..count {
            let (function, after) = number(rest).unwrap();
            let (name, after) = crate::shorten::name(after).unwrap();
            names.push((function, name.to_owned()));
            rest = after;
        }
        assert!(rest.is_empty());
        names
    }

    #[test]
    fn those_that_are_alike_stand_together() {
        let (one, other) = (b"\0ABCDEFGHIJKLMNOPQRSTUVW", b"\0abcdefghijklmnopqrstuvw");
        let like_one = [&one[..], b"12345678"].concat();
        let like_other = &other[..20];
        let module = module(&[one, other, &like_one, like_other, b"\0"]);
        let with = named_by_likeness(&module).unwrap();
        let names = told(&module, &with);
        let names: Vec<(usize, &str)> = names.iter().map(|(function, name)| (*function, name.as_str())).collect();
        // The largest, the one that is wholly like it, then the first of the others and what is like it.
        assert_eq!(names, [(2, "000001"), (3, "000002"), (4, "000000"), (5, "000003"), (6, "000004")]);
        assert_eq!(named_by_likeness(&module).unwrap(), with);
    }

    #[test]
    fn what_is_no_module_is_not_understood() {
        let whole = module(&[b"\0abcdefgh"]);
        assert!(named_by_likeness(&whole).is_some());
        for cut in 0..whole.len() {
            assert_eq!(named_by_likeness(&whole[..cut]), None, "{cut}");
        }
    }
}
