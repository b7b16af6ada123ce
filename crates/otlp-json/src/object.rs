//! How a message stands in JSON: as an object, and as nothing else.

use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{MapAccessDeserializer, StringDeserializer};
use serde::de::{
    DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};

/// A message whose fields serde reads. What serde makes of a type takes a list,
/// too, with the fields by position; so nothing but [`object`] calls it.
pub trait Fields<'de>: Sized {
    /// The message's name in OTLP.
    const NAME: &'static str;

    /// Reads the fields.
    fn read<D: Deserializer<'de>>(fields: D) -> Result<Self, D::Error>;
}

/// Reads a message.
pub fn object<'de, D: Deserializer<'de>, T: Fields<'de>>(from: D) -> Result<T, D::Error> {
    from.deserialize_any(ObjectVisitor(PhantomData))
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Fields<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if T::NAME == "TracesData" { EXPECTED } else { "an object" })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        let _deeper = Deeper::enter()?;
        let Some(content) = content(T::NAME) else {
            return T::read(MapAccessDeserializer::new(map));
        };
        let mut keys = Keys { map, content, has_content: false, is_tempo: false, foreign: None };
        let read = T::read(MapAccessDeserializer::new(&mut keys))?;
        match keys.foreign {
            Some(found) if !keys.has_content => Err(Error::custom(found)),
            _ => Ok(read),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<T, A::Error> {
        Err(Error::custom(match T::NAME {
            "TracesData" => format!("found a list, as Zipkin writes one; expected {EXPECTED}"),
            _ => "found a list; expected an object".into(),
        }))
    }
}

const EXPECTED: &str = "an object with `resourceSpans`";

/// The field that a message is for, and what is told of an object that has
/// other fields and not this one.
struct Content {
    names: &'static [&'static str],
    foreign: fn(&str) -> Option<String>,
}

fn content(message: &str) -> Option<&'static Content> {
    match message {
        "TracesData" => {
            const TRACES: Content = Content {
                names: &["resourceSpans", "resource_spans", "batches"],
                foreign: other_format,
            };
            Some(&TRACES)
        }
        "ResourceSpans" => {
            Some(&Content { names: &["scopeSpans", "scope_spans"], foreign: older_format })
        }
        _ => None,
    }
}

/// A key may itself be something private, so only known ones are told.
fn other_format(key: &str) -> Option<String> {
    let found = match key {
        "data" | "traceID" => "a Jaeger trace",
        "localEndpoint" => "a Zipkin span",
        "resourceLogs" | "resource_logs" => "OTLP logs",
        "resourceMetrics" | "resource_metrics" => "OTLP metrics",
        "resourceProfiles" | "resource_profiles" => "OTLP profiles",
        _ => "an object without `resourceSpans`",
    };
    Some(format!("found {found}; expected {EXPECTED}"))
}

/// What OTLP does not know is left out; but here that would be all spans.
fn older_format(key: &str) -> Option<String> {
    matches!(key, "instrumentationLibrarySpans" | "instrumentation_library_spans").then(|| {
        "found `instrumentationLibrarySpans`, from before OTLP 0.15; expected `scopeSpans`".into()
    })
}

/// Looks at the keys that go by.
struct Keys<A> {
    map: A,
    content: &'static Content,
    has_content: bool,
    is_tempo: bool,
    foreign: Option<String>,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Keys<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        let Some(key) = self.map.next_key::<String>()? else {
            return Ok(None);
        };
        self.is_tempo = key == "batches" && self.content.names.contains(&"batches");
        if self.content.names.contains(&key.as_str()) {
            self.has_content = true;
        } else if let Some(found) = (self.content.foreign)(&key)
            && self.foreign.as_ref().is_none_or(|first| first.contains("without"))
        {
            self.foreign = Some(found);
        }
        let key: StringDeserializer<A::Error> = key.into_deserializer();
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        let _tempo = self.is_tempo.then(Tempo::enter);
        self.map.next_value_seed(seed)
    }
}

thread_local! {
    // serde hands nothing down from object to object.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
    static IS_TEMPO: Cell<bool> = const { Cell::new(false) };
}

/// What Tempo answers, as long as it lives: it writes ids in base64.
pub struct Tempo(());

impl Tempo {
    fn enter() -> Tempo {
        IS_TEMPO.set(true);
        Tempo(())
    }

    /// Whether an answer of Tempo is being read.
    pub fn is_read() -> bool {
        IS_TEMPO.get()
    }
}

impl Drop for Tempo {
    fn drop(&mut self) {
        IS_TEMPO.set(false);
    }
}

/// Messages in one another, as many as protobuf's readers take.
const DEEPEST: usize = 101;

/// One message deeper, as long as it lives.
pub struct Deeper(());

impl Deeper {
    /// Counts one message more.
    pub fn enter<E: Error>() -> Result<Deeper, E> {
        let depth = DEPTH.get() + 1;
        if depth > DEEPEST {
            return Err(E::custom(
                "found values nested too deep; expected no more than 100 messages in one another",
            ));
        }
        DEPTH.set(depth);
        Ok(Deeper(()))
    }
}

impl Drop for Deeper {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get() - 1);
    }
}
