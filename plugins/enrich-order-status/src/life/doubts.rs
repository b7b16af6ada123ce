//! [`Doubt`]: what could not be told of a span, for those who ask why.

use crate::life::batch::{Batch, Member};
use crate::life::facts::{Role, SpanFacts};
use crate::life::keys::TraceId;
use crate::life::learned::{Additions, Learned, TransitionAdditions};
use crate::life::lifecycle::Status;
use crate::life::trace_orders::About;

/// What could not be told of a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// Which order it is about: its trace is about several, or its message is not known yet.
    Order,
    /// The status of its order when it started.
    Status,
    /// The status that it brings, for no rule lists it.
    Unlisted,
    /// Whether a status was skipped: the lifecycle never leads there.
    Unexpected,
    /// Whose order it is: it names another partner than the order has.
    Partner,
    /// Whether a status was skipped: the step before was not seen.
    Gap,
    /// How long the stage before was: the step into it was not seen.
    Stage,
    /// What set the transition off.
    Latency,
    /// How long its message waited.
    Queue,
    /// How long it calculated.
    Calculation,
    /// Nothing: nobody says that it is of an order.
    Orderless,
    /// Nothing: its transition changes nothing, for the order has that status already, or a later
    /// event took effect, or the span failed.
    Unchanged,
}

impl Learned<'_, '_, '_> {
    /// Calls `tell` with what could not be told of a span of the batch, which gets `additions`.
    pub fn doubts(
        &self,
        member: Member,
        additions: Option<&Additions<'_>>,
        mut tell: impl FnMut(Doubt),
    ) {
        let batch = self.batch();
        let Some(additions) = additions else {
            let may_be = self.may_be_of_an_order(member, batch);
            tell(if may_be { Doubt::Order } else { Doubt::Orderless });
            if self.has_waited(member, batch) {
                tell(Doubt::Queue);
            }
            return;
        };
        if additions.is_partner_another {
            tell(Doubt::Partner);
        }
        if additions.order_status.is_none() {
            tell(Doubt::Status);
        }
        if self.has_waited(member, batch) && additions.publish_to_consume_latency.is_none() {
            tell(Doubt::Queue);
        }
        let Member::Noted(number) = member else { return };
        let span = &batch.spans()[number];
        if span.calculation && additions.calc_duration.is_none() {
            tell(Doubt::Calculation);
        }
        if span.new_status.is_some() {
            of_transition(span, additions.transition.as_ref(), tell);
        }
    }

    fn may_be_of_an_order(&self, member: Member, batch: &Batch<'_>) -> bool {
        let of_several = |trace_id: &TraceId| {
            matches!(self.state().trace_orders.about(trace_id), Some(About::Several))
        };
        match member {
            Member::Noted(number) => {
                is_consume(member, batch) || of_several(&batch.spans()[number].trace_id)
            }
            Member::Plain(number) => of_several(&batch.plain()[number].trace_id),
        }
    }

    /// Whether it is a consume, or a publish whose consume came before it: the ones that tell how long
    /// a message waited.
    fn has_waited(&self, member: Member, batch: &Batch<'_>) -> bool {
        let Member::Noted(number) = member else { return false };
        let span = &batch.spans()[number];
        match span.role {
            Some(Role::Consume) => true,
            Some(Role::Publish) => {
                let publish = span.key().and_then(|key| self.state().messages.get(&key));
                publish.is_some_and(|publish| publish.consumed.is_some())
            }
            None => false,
        }
    }
}

fn is_consume(member: Member, batch: &Batch<'_>) -> bool {
    matches!(member, Member::Noted(number) if batch.spans()[number].role == Some(Role::Consume))
}

fn of_transition(
    span: &SpanFacts<'_>,
    transition: Option<&TransitionAdditions>,
    mut tell: impl FnMut(Doubt),
) {
    let is_unlisted = span.new_status == Some(Status::UNLISTED);
    if is_unlisted {
        tell(Doubt::Unlisted);
    }
    let Some(transition) = transition else {
        // Without times it cannot be told when anything changed.
        if span.start == 0 || span.end == 0 {
            [Doubt::Stage, Doubt::Gap, Doubt::Latency].into_iter().for_each(tell);
        } else {
            tell(Doubt::Unchanged);
        }
        return;
    };
    if transition.is_unexpected && !is_unlisted {
        tell(Doubt::Unexpected);
    }
    if transition.is_before_unseen {
        tell(Doubt::Stage);
    }
    if (transition.is_before_unseen || is_unlisted) && !transition.skipped {
        tell(Doubt::Gap);
    }
    if transition.status_transition_latency.is_none() {
        tell(Doubt::Latency);
    }
}
