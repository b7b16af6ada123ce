//! Whether a file is the one that a config means: pinned by its digest, or signed by a key.
//!
//! The twin of `collector/lapidaryprocessor/trust.go`, in the same words.

use std::path::{Path, PathBuf};

use base64::Engine;
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};
use p256::pkcs8::DecodePublicKey;
use serde::Deserialize;

use crate::files::{full_path, read_file};

/// What a signature's file adds to the name of what it signs: a bundle, as cosign writes it since
/// version 3, or the signature alone.
const ENDINGS: [&str; 2] = [".sigstore.json", ".sig"];

/// Which files a plugin may be made from. By default any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Trust {
    /// The digest of the only module, in hexadecimal.
    pub sha256: Option<String>,
    /// The key that signed the module.
    pub public_key: Option<PathBuf>,
    /// The key that signed each file of rules.
    pub rules_public_key: Option<PathBuf>,
}

impl Trust {
    /// Refuses a module that is another than the pinned one, or that the key did not sign.
    pub fn module(&self, path: &Path, module: &[u8]) -> Result<(), String> {
        let found = report::sha256(module);
        let pinned = self.sha256.as_ref().map(|pinned| pinned.to_lowercase());
        if let Some(pinned) = pinned.filter(|pinned| *pinned != found) {
            return Err(format!(
                "{}: found a file with the SHA-256 `{found}`; expected `{pinned}`, which `sha256` pins",
                full_path(path).display()
            ));
        }
        signed(path, module, self.public_key.as_deref())
    }

    /// Refuses a file of rules that the key did not sign.
    pub fn rules(&self, path: &Path, text: &[u8]) -> Result<(), String> {
        signed(path, text, self.rules_public_key.as_deref())
    }
}

/// The files beside one that say whether it is trusted.
pub(crate) fn signatures_of(path: &Path) -> [PathBuf; 2] {
    ENDINGS.map(|ending| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        name.into()
    })
}

fn signed(path: &Path, content: &[u8], key_path: Option<&Path>) -> Result<(), String> {
    let Some(key_path) = key_path else { return Ok(()) };
    let key = key(key_path)?;
    let (full, full_key) = (full_path(path), full_path(key_path));
    let (full, full_key) = (full.display(), full_key.display());
    let mut tried = Vec::new();
    for path in signatures_of(path) {
        if path.symlink_metadata().is_err() {
            continue;
        }
        let at = full_path(&path);
        let signature = signature(&read_file(&path, "a signature")?);
        let signature = signature.map_err(|problem| format!("{}: {problem}", at.display()))?;
        let fits = Signature::from_der(&signature).is_ok_and(|it| key.verify(content, &it).is_ok());
        if fits {
            return Ok(());
        }
        tried.push(format!("`{}`", at.display()));
    }
    if tried.is_empty() {
        return Err(format!(
            "{full}: found no signature; expected one beside it, in `{full}.sigstore.json` or `{full}.sig`, by the key of `{full_key}`"
        ));
    }
    let tried = tried.join(", ");
    Err(format!(
        "{full}: found another file than the one that was signed, or another key; expected what {tried} and `{full_key}` fit"
    ))
}

fn key(path: &Path) -> Result<VerifyingKey, String> {
    let pem = read_file(path, "a public key")?;
    let key =
        std::str::from_utf8(&pem).ok().and_then(|pem| VerifyingKey::from_public_key_pem(pem).ok());
    key.ok_or_else(|| {
        format!(
            "{}: found no public key on the curve P-256; expected a PEM file as `cosign generate-key-pair` writes it",
            full_path(path).display()
        )
    })
}

#[derive(Deserialize)]
struct Bundle {
    #[serde(rename = "messageSignature")]
    message_signature: Option<MessageSignature>,
    /// As cosign wrote it before version 3.
    #[serde(rename = "base64Signature")]
    base64_signature: Option<String>,
}

#[derive(Deserialize)]
struct MessageSignature {
    signature: String,
}

/// Returns the signature of a file that cosign wrote.
fn signature(text: &[u8]) -> Result<Vec<u8>, String> {
    let text = text.trim_ascii();
    let encoded = if text.starts_with(b"{") {
        let bundle = serde_json::from_slice(text).ok();
        let signature = bundle.and_then(|Bundle { message_signature, base64_signature }| {
            message_signature.map(|it| it.signature).or(base64_signature)
        });
        signature.unwrap_or_default().into_bytes()
    } else {
        text.to_owned()
    };
    let decoded = base64::engine::general_purpose::STANDARD.decode(encoded).ok();
    decoded.filter(|signature| !signature.is_empty()).ok_or_else(|| {
        "found no signature; expected what `cosign sign-blob` writes: base64, or a bundle with a `messageSignature`".into()
    })
}
