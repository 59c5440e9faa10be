//! String literals of Rust and JavaScript with what stands before them: enough of a lexer to tell code from comments.

/// A string literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Literal {
    /// Line, from 1.
    pub(crate) line: usize,
    /// The text between the quotes, escapes as they stand.
    pub(crate) text: String,
    /// The code right before it, without white space, at most 60 characters.
    pub(crate) before: String,
}

/// Which language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    Rust,
    JavaScript,
}

/// All string literals of a source text.
pub(crate) fn literals(source: &str, language: Language) -> Vec<Literal> {
    let mut lexer = Lexer { rest: source, line: 1, before: String::new(), found: Vec::new() };
    while !lexer.rest.is_empty() {
        lexer.step(language);
    }
    lexer.found
}

struct Lexer<'s> {
    rest: &'s str,
    line: usize,
    before: String,
    found: Vec<Literal>,
}

impl<'s> Lexer<'s> {
    fn step(&mut self, language: Language) {
        if self.rest.starts_with("//") {
            let end = self.rest.find('\n').unwrap_or(self.rest.len());
            self.take(end);
        } else if self.rest.starts_with("/*") {
            let end = self.rest.find("*/").map_or(self.rest.len(), |at| at + 2);
            self.take(end);
        } else if language == Language::Rust {
            self.rust();
        } else {
            self.javascript();
        }
    }

    fn rust(&mut self) {
        if let Some(hashes) =
            raw_string(self.rest).filter(|_| !self.before.ends_with(|c: char| c.is_alphanumeric() || c == '_'))
        {
            let open = hashes + 2;
            let close = format!("\"{}", "#".repeat(hashes));
            let length = self.rest[open..].find(&close).unwrap_or(self.rest.len() - open);
            self.literal(open, length, close.len());
        } else if self.rest.starts_with('"') {
            self.literal(1, quoted(&self.rest[1..], '"'), 1);
        } else if self.rest.starts_with('\'') {
            // A character or a lifetime: only the character's quote may hide a quote.
            let length = if self.rest.starts_with("'\\") {
                1 + quoted(&self.rest[1..], '\'') + 1
            } else {
                let mut chars = self.rest.char_indices().skip(2);
                chars.next().filter(|(_, c)| *c == '\'').map_or(1, |(at, _)| at + 1)
            };
            self.code(length);
        } else {
            self.code(first(self.rest));
        }
    }

    fn javascript(&mut self) {
        let open = self.rest.chars().next().unwrap_or_default();
        if matches!(open, '"' | '\'' | '`') {
            self.literal(1, quoted(&self.rest[1..], open), 1);
        } else if open == '/' && (self.before.is_empty() || self.before.ends_with(|c: char| "(=,:[!&|?{};".contains(c))) {
            // A regular expression. Its quotes are no strings.
            let length = quoted(&self.rest[1..], '/').min(self.rest[1..].find('\n').unwrap_or(usize::MAX));
            self.code((length + 2).min(self.rest.len()));
        } else {
            self.code(first(self.rest));
        }
    }

    fn literal(&mut self, open: usize, length: usize, close: usize) {
        let text = self.rest[open..open + length].to_owned();
        self.found.push(Literal { line: self.line, text, before: self.before.clone() });
        self.take((open + length + close).min(self.rest.len()));
        self.remember("\"\"");
    }

    fn code(&mut self, length: usize) {
        let length = length.min(self.rest.len());
        let text: &'s str = self.rest;
        self.take(length);
        self.remember(&text[..length]);
    }

    fn take(&mut self, length: usize) {
        self.line += self.rest[..length].matches('\n').count();
        self.rest = &self.rest[length..];
    }

    fn remember(&mut self, code: &str) {
        self.before.extend(code.chars().filter(|c| !c.is_whitespace()));
        let extra = self.before.chars().count().saturating_sub(60);
        self.before = self.before.chars().skip(extra).collect();
    }
}

/// The number of `#` of a raw string that starts here.
fn raw_string(rest: &str) -> Option<usize> {
    let after = rest.strip_prefix('r')?;
    let hashes = after.bytes().take_while(|byte| *byte == b'#').count();
    after[hashes..].starts_with('"').then_some(hashes)
}

/// How many bytes there are up to the closing quote.
fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at,
            _ => {}
        }
    }
    rest.len()
}

fn first(rest: &str) -> usize {
    rest.chars().next().map_or(0, char::len_utf8)
}

#[test]
fn literals_are_found_and_comments_are_not() {
    let texts = |source: &str, language| literals(source, language).into_iter().map(|it| it.text).collect::<Vec<_>>();
    for (source, expected) in [
        (r#"a("x", 'c', '"', "y\"z") // "no""#, vec!["x", "y\\\"z"]),
        ("/// doc \"no\"\nlet a = r#\"raw \"q\" x\"#;", vec!["raw \"q\" x"]),
        ("fn f<'a>(x: &'a str) { g(\"in\") }", vec!["in"]),
        ("/* \"no\" */ \"yes\"", vec!["yes"]),
        ("let b = '\\''; h(\"k\")", vec!["k"]),
    ] {
        assert_eq!(texts(source, Language::Rust), expected, "{source}");
    }
    for (source, expected) in [
        ("f('a', \"b\", `c ${d}`) // 'no'", vec!["a", "b", "c ${d}"]),
        ("x.replace(/\"'/g, 'y')", vec!["y"]),
        ("a = b / c; d('e')", vec!["e"]),
    ] {
        assert_eq!(texts(source, Language::JavaScript), expected, "{source}");
    }
    let found = literals("let x =\n  call( \"a\" )", Language::Rust);
    assert_eq!((found[0].line, found[0].before.as_str()), (2, "letx=call("));
}
