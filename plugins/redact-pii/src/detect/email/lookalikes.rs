//! What is written like an address and is none: versions, sizes of pictures, digests, objects of
//! Java, users in a URL.

use crate::detect::units::{unit_at, unit_before};

/// Units of a URL's user, at most.
const LONGEST_USER: usize = 128;

/// Schemes of URLs in which a user at a domain is a person's address.
const OF_PERSONS: [&str; 8] = ["acct", "email", "im", "mailto", "sip", "sips", "skype", "xmpp"];

/// Endings of files and members of objects, as far as they are top-level domains. They count as such
/// after a name only, not after a number.
const OF_SOFTWARE: [&str; 36] = [
    "abc", "app", "as", "bar", "bot", "box", "build", "call", "cc", "dev", "do", "foo", "fun",
    "id", "is", "link", "md", "mov", "name", "new", "now", "open", "page", "pm", "ps", "pub", "py",
    "rs", "run", "select", "sh", "show", "so", "stream", "watch", "zip",
];

/// Whether `local` at the domain `name` is no address by what it says.
pub fn is_lookalike(local: &str, name: &str) -> bool {
    // Labels of Kotlin.
    if matches!(local, "this" | "super" | "return" | "break" | "continue") {
        return true;
    }
    if is_artifact(local, name) {
        return true;
    }
    // Most domains begin with a letter that none of these has, and are of no unit of systemd.
    let may_be = |byte: u8| {
        byte.is_ascii_hexdigit() || matches!(byte, b'v' | b'V' | b's' | b'S' | b'm' | b'M')
    };
    if !name.bytes().next().is_some_and(may_be) && !name.ends_with(['t', 'T']) {
        return false;
    }
    let name = name.to_ascii_lowercase();
    let mut labels = name.split('.');
    let (Some(first), Some(second)) = (labels.next(), labels.next()) else { return false };
    let tld = name.rsplit('.').next().unwrap_or_default();
    // `getty@tty1.target` of systemd; its other kinds of unit are no top-level domains.
    if tld == "target" || is_digest(first) {
        return true;
    }
    let is_number = first.bytes().all(|byte| byte.is_ascii_digit());
    let is_version = is_number || is_version(first);
    // `1.0.0.dev`
    if is_version && labels.next().is_some() && second.starts_with(|it: char| it.is_ascii_digit()) {
        return true;
    }
    // `1000.zip`, but `163.com` and `24.media`
    if is_number {
        return OF_SOFTWARE.contains(&tld);
    }
    // `2x.app`, `v2.sh`, `1b6d3586.foo`
    (is_version || is_size(first) || is_hexadecimal(first) || is_object(local, first))
        && !is_of_persons(tld)
}

/// Whether name and password of a database stand before its machine:
/// `user/password@db.example.com:1521/ORCL`. `end` is where the domain ends.
pub fn is_login(local: &str, text: &str, end: usize) -> bool {
    let port = text[end..].strip_prefix(':').unwrap_or_default();
    let path = port.trim_start_matches(|it: char| it.is_ascii_digit());
    local.contains('/') && path.len() < port.len() && path.starts_with(['/', ':'])
}

/// Whether the sign from `sign` to `after` divides user and host of a URL: `amqp://mes:secret@host`,
/// or a repository and its branch: `git+https://host/x@main.zip`. `end` is where the domain ends.
pub fn ends_user_of_url(text: &str, floor: usize, sign: usize, after: usize, end: usize) -> bool {
    // What was found before may be the name in front of a password.
    let floor = if text[floor..].starts_with(':') { 0 } else { floor };
    let Some(Url { scheme, slash, user, authority }) = url(text, floor, sign) else { return false };
    if authority.len() < user.len() {
        if scheme.starts_with("git+") && !user.contains('?') {
            return true;
        }
        if !has_password(authority) {
            return false;
        }
    }
    // In a URL as it is, an encoded sign is part of the user's name.
    let is_encoded = text[sign..].starts_with('%');
    let as_deep = slash.starts_with('%') && slash.len() >= after - sign;
    let is_of = |schemes: &[&str]| schemes.iter().any(|it| scheme.eq_ignore_ascii_case(it));
    // In front of a page stands a password, a user of repositories, or who wrote an address there.
    let is_of_page = is_of(&["http", "https"]) && !user.contains(':') && user != "git";
    (!is_encoded || as_deep) && !is_of(&OF_PERSONS) && !is_of_page && !has_another_sign(text, end)
}

/// A URL up to some sign in it.
struct Url<'t> {
    scheme: &'t str,
    /// Its second slash, as it is spelt.
    slash: &'t str,
    /// What stands between that and the sign.
    user: &'t str,
    /// The same, up to the first mark that a user has only if it should have been encoded.
    authority: &'t str,
}

fn url(text: &str, floor: usize, sign: usize) -> Option<Url<'_>> {
    let mut at = sign;
    let mut mark = sign;
    for _ in 0..LONGEST_USER {
        let unit = unit_before(text, floor, at)?;
        at -= unit.length;
        match unit.character {
            '/' => {
                let after = at + unit.length;
                if let Some(scheme) = scheme_before(text, floor, at) {
                    let (slash, user) = (&text[at..after], &text[after..sign]);
                    // In `file:///home` both slashes before the last are the scheme's.
                    let authority = text.get(after..mark).unwrap_or_default();
                    return Some(Url { scheme, slash, user, authority });
                }
                mark = at;
            }
            '?' | '#' => mark = at,
            '"' | '<' | '>' => return None,
            character if character.is_whitespace() => return None,
            _ => {}
        }
    }
    None
}

/// The scheme of a URL, the second slash of which starts at `end`.
fn scheme_before(text: &str, floor: usize, end: usize) -> Option<&str> {
    let slash = before_backslashes(text, floor, end, '/')?;
    let colon = before_backslashes(text, floor, slash, ':')?;
    scheme(&text[floor..colon])
}

/// Whether what begins with `authority`, up to the first mark that a path begins with, is a user with
/// a password: no port stands there.
fn has_password(authority: &str) -> bool {
    let password = authority.rsplit(':').next().unwrap_or_default().trim_end_matches('\\');
    password.len() < authority.len()
        && !password.is_empty()
        && !password.bytes().all(|byte| byte.is_ascii_digit())
        && !authority.contains(['@', '[', '{', '$'])
}

/// Where `character` starts that ends at `end`, or before backslashes there.
fn before_backslashes(text: &str, floor: usize, end: usize, character: char) -> Option<usize> {
    let mut at = end;
    let mut unit = unit_before(text, floor, at)?;
    if unit.character == '\\' {
        at -= unit.length;
        unit = unit_before(text, floor, at)?;
    }
    (unit.character == character).then_some(at - unit.length)
}

fn scheme(before: &str) -> Option<&str> {
    let is_of_scheme = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
    let length = before.bytes().rev().take(20).take_while(is_of_scheme).count();
    (length > 0).then(|| &before[before.len() - length..])
}

/// Whether the user goes on after what seems to be the host: `smtp://ivan@example.ru:secret@host`.
fn has_another_sign(text: &str, end: usize) -> bool {
    let mut at = end;
    for index in 0..LONGEST_USER {
        let Some(unit) = unit_at(text, at) else { return false };
        at += unit.length;
        match unit.character {
            '@' => return true,
            ':' => {}
            _ if index == 0 => return false,
            '/' | '?' | '#' | '"' | '\'' | '<' | '>' | ',' | ';' => return false,
            character if character.is_whitespace() => return false,
            _ => {}
        }
    }
    false
}

fn is_digest(label: &str) -> bool {
    matches!(
        label,
        "md5" | "sha1" | "sha224" | "sha256" | "sha384" | "sha512" | "sha3" | "blake2b" | "blake3"
    )
}

/// `v2`, `v1beta1`, `1-rc`
fn is_version(label: &str) -> bool {
    let digits = label.strip_prefix('v').unwrap_or(label);
    let number = digits.trim_start_matches(|it: char| it.is_ascii_digit());
    let has_number = number.len() < digits.len();
    has_number
        && (number.is_empty() || number.starts_with('-') || label.starts_with('v'))
        && ["", "-", "a", "b", "r"].iter().any(|it| number.starts_with(it))
}

/// `2x`, `2x-dark`
fn is_size(label: &str) -> bool {
    let size = label.split('-').next().unwrap_or_default();
    let number = size.strip_suffix('x').unwrap_or_default();
    !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// `com.foo:bar:1.2.3@aar.run` of Gradle.
fn is_artifact(local: &str, name: &str) -> bool {
    let kind = name.split('.').next().unwrap_or_default();
    local.contains('.')
        && local.bytes().all(|byte| byte == b'.' || byte.is_ascii_digit())
        && matches!(kind, "aar" | "jar" | "klib" | "pom" | "war" | "zip")
}

/// A hash of any length, after the name of a class that is inside another: `Foo$Bar@4e5f`.
fn is_object(local: &str, label: &str) -> bool {
    local.contains('$') && label.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A hash, as Java writes an object's.
fn is_hexadecimal(label: &str) -> bool {
    let has_digit = label.bytes().any(|byte| byte.is_ascii_digit());
    label.len() >= if has_digit { 6 } else { 7 }
        && label.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether people have addresses at a domain of this kind though its name is a number or a hash.
fn is_of_persons(tld: &str) -> bool {
    let of_country = tld.len() == 2 && !OF_SOFTWARE.contains(&tld);
    of_country
        || !tld.is_ascii()
        || tld.starts_with("xn--")
        || matches!(
            tld,
            "biz"
                | "com"
                | "corp"
                | "edu"
                | "example"
                | "gov"
                | "home"
                | "int"
                | "internal"
                | "invalid"
                | "lan"
                | "local"
                | "mil"
                | "net"
                | "org"
                | "test"
        )
}
