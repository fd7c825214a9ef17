//! Whatever comes in whatever order, a logout ends at most once and nothing panics.

use super::*;
use proptest::prelude::*;

/// What comes in.
#[derive(Clone, Debug)]
enum Event {
    /// Participant number `who` answers its latest request, or one of `who` that is none.
    Answer {
        who: usize,
        status: &'static str,
    },
    /// The answer of one with the RelayState of another.
    Swapped {
        who: usize,
        state_of: usize,
    },
    /// The request of `a` comes again.
    Ask,
    Garbage(String),
    GiveUp,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => (0..3usize, prop_oneof![Just("Success"), Just("Responder"), Just("PartialLogout")])
            .prop_map(|(who, status)| Event::Answer { who, status }),
        2 => (0..3usize, 0..3usize).prop_map(|(who, state_of)| Event::Swapped { who, state_of }),
        1 => Just(Event::Ask),
        2 => "(<samlp:LogoutResponse InResponseTo='[a-z_]{0,4}'>|<[a-z]{1,3}/?>|&|</samlp:LogoutResponse>|\\PC{0,6}){0,6}"
            .prop_map(Event::Garbage),
        1 => Just(Event::GiveUp),
    ]
}

const NAMES: [&str; 3] = ["a", "b", "c"];

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]
    #[test]
    fn a_logout_ends_at_most_once(events in prop::collection::vec(event(), 0..12)) {
        let mut server = Server::with(&NAMES);
        let ask = posted(&signed(&logout_request("a", "_ask", ""), other()), "state");
        let mut got: HashMap<&str, Arrived> = HashMap::new();
        let mut requests = 0;
        let mut note = |arrived: Option<Arrived>, got: &mut HashMap<&str, Arrived>| {
            if let Some(arrived) = arrived {
                requests += 1;
                let name = NAMES.into_iter().find(|name| arrived.url.contains(&format!("//{name}."))).unwrap();
                got.insert(name, arrived);
            }
        };
        note(server.request("a", &ask).unwrap(), &mut got);
        for event in events {
            let arrived = match event {
                Event::Answer { who, status } => {
                    let Some(arrived) = got.get(NAMES[who]) else { continue };
                    server.response(&answer(NAMES[who], arrived, status)).ok().flatten()
                }
                Event::Swapped { who, state_of } => {
                    let (Some(own), Some(other)) = (got.get(NAMES[who]), got.get(NAMES[state_of])) else { continue };
                    let mixed = Arrived {
                        url: own.url.clone(),
                        xml: own.xml.clone(),
                        relay_state: other.relay_state.clone(),
                    };
                    server.response(&answer(NAMES[who], &mixed, "Success")).ok().flatten()
                }
                Event::Ask => {
                    let refused = server.request("a", &ask).err().unwrap();
                    prop_assert_eq!(refused.code, "saml_logout_unknown");
                    None
                }
                Event::Garbage(xml) => {
                    let state = server.waiting.keys().next().cloned().unwrap_or_default();
                    prop_assert!(server.response(&posted(&xml, &state)).is_err());
                    None
                }
                Event::GiveUp if server.waiting.is_empty() => None,
                Event::GiveUp => server.give_up(Shortfall::NoAnswer),
            };
            note(arrived, &mut got);
            prop_assert_eq!(server.sessions_ended, 1);
            prop_assert_eq!(server.finished.len() + server.waiting.len(), 1, "it is over, or it waits for one");
        }
        prop_assert!(requests <= 2, "nobody gets two requests");
        if let [finished] = &server.finished[..] {
            let expected = if finished.report.failures.is_empty() { 1 } else { 2 };
            prop_assert_eq!(status(&finished.answer.as_ref().unwrap().xml).len(), expected);
        }
    }
}
