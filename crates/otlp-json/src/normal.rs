//! One form for spans that mean the same.

use crate::{Error, KeyValue, ResourceSpans, ScopeSpans, TracesData, Value, decode};

/// Returns one JSON text for each span, in an order that does not depend on
/// batches: two sets of spans mean the same if the lists are equal.
///
/// Each span stands alone with its resource and scope; attributes are in the
/// order of their keys, inside maps too; spans are ordered by trace id, span
/// id and text. What the Collector's pdata loses does not count: an empty
/// resource, scope or status is the same as none.
///
/// # Errors
///
/// A message is not an OTLP `TracesData` message.
///
/// ```
/// let split = [
///     r#"{"resourceSpans":[{"resource":{},"scopeSpans":[{"spans":[{"spanId":"02"}]}]}]}"#,
///     r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"spanId":"01"}]}]}]}"#,
/// ];
/// let joined = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"spanId":"01"},{"spanId":"02"}]}]}]}"#;
/// let split = split.map(otlp_json::to_protobuf).into_iter().collect::<Result<Vec<_>, _>>()?;
/// assert_eq!(otlp_json::normal_form(&split)?, otlp_json::normal_form(&[otlp_json::to_protobuf(joined)?])?);
/// # Ok::<(), otlp_json::Error>(())
/// ```
pub fn normal_form<T: AsRef<[u8]>>(batches: &[T]) -> Result<Vec<String>, Error> {
    let mut spans = Vec::new();
    for batch in batches {
        for mut resource in decode(batch.as_ref())?.resource_spans {
            for mut scope in std::mem::take(&mut resource.scope_spans) {
                for span in std::mem::take(&mut scope.spans) {
                    let ids = (span.trace_id.clone(), span.span_id.clone());
                    let scope = ScopeSpans { spans: vec![span], ..scope.clone() };
                    let mut alone = ResourceSpans { scope_spans: vec![scope], ..resource.clone() };
                    settle(&mut alone);
                    let alone = TracesData { resource_spans: vec![alone] };
                    let text =
                        serde_json::to_string(&alone).map_err(|error| Error::json(&error))?;
                    spans.push((ids, text));
                }
            }
        }
    }
    spans.sort();
    Ok(spans.into_iter().map(|(_, text)| text).collect())
}

fn settle(resource: &mut ResourceSpans) {
    resource.resource.take_if(|resource| *resource == Default::default());
    if let Some(resource) = &mut resource.resource {
        sort(&mut resource.attributes);
    }
    for scope in &mut resource.scope_spans {
        scope.scope.take_if(|scope| *scope == Default::default());
        if let Some(scope) = &mut scope.scope {
            sort(&mut scope.attributes);
        }
        for span in &mut scope.spans {
            span.status.take_if(|status| *status == Default::default());
            sort(&mut span.attributes);
            span.events.iter_mut().for_each(|event| sort(&mut event.attributes));
            span.links.iter_mut().for_each(|link| sort(&mut link.attributes));
        }
    }
}

fn sort(attributes: &mut [KeyValue]) {
    for attribute in attributes.iter_mut() {
        // pdata does not tell an empty value from a missing one.
        let value = attribute.value.get_or_insert_default();
        if let Some(value) = &mut value.value {
            sort_inside(value);
        }
    }
    attributes.sort_by(|one, other| one.key.cmp(&other.key));
}

fn sort_inside(value: &mut Value) {
    match value {
        Value::KvlistValue(list) => sort(&mut list.values),
        Value::ArrayValue(list) => {
            list.values.iter_mut().filter_map(|value| value.value.as_mut()).for_each(sort_inside);
        }
        _ => {}
    }
}
