//! What is asked reaches the dispatcher; what it says, or refuses, reaches the caller.

use axum::response::IntoResponse as _;

use super::super::ApiError;
use super::support::{Served, name};
use crate::fleet::{Agreed, Command, Consent, LeaseEnd};
use crate::wire::ErrorCode;

const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

#[tokio::test]
async fn a_command_reaches_the_dispatcher_with_who_asks_and_why() {
    let served = Served::new().await;
    let mut client = served.client().await;
    let headers = [("traceparent", TRACE), ("idempotency-key", "k-1")];
    let (status, reply) =
        client.ask("POST", "/v1/agents/ada/start", &headers, r#"{"reason":"morning"}"#).await;
    assert_eq!(status, 200, "{reply}");
    assert_eq!(reply, serde_json::json!({"seq": 1, "said": "\"ada\" is wanted up"}));
    let (command, caller) = served.fake.commands.lock().unwrap().remove(0);
    assert_eq!(command, Command::StartAgent { agent: name("ada"), reason: "morning".to_owned() });
    let (uid, pid) = (nix::unistd::geteuid(), std::process::id());
    assert_eq!(caller.actor, format!("cli:uid={uid} pid={pid}"));
    assert_eq!(caller.traceparent.as_deref(), Some(TRACE));
    assert_eq!(caller.idempotency_key.as_deref(), Some("k-1"));
}

#[tokio::test]
async fn stop_restart_detach_and_the_end_of_the_supervisor_need_no_body() {
    let served = Served::new().await;
    let mut client = served.client().await;
    let (_, reply) = client.post("/v1/agents/ada/stop", "").await;
    assert_eq!(reply["said"], "it stops", "what the dispatcher says goes before our own words");
    assert_eq!(client.post("/v1/agents/ada/restart", "").await.0, 200);
    assert_eq!(client.post("/v1/agents/ada/detach", "").await.0, 200);
    assert_eq!(client.post("/v1/supervisor/stop", r#"{"keep_agents":true}"#).await.0, 200);
    let uid = nix::unistd::geteuid();
    let (agent, reason) = (name("ada"), format!("asked for by uid {uid}"));
    let commands: Vec<_> =
        served.fake.commands.lock().unwrap().iter().map(|(command, _)| command.clone()).collect();
    let wanted = [
        Command::StopAgent { agent: agent.clone(), reason: reason.clone() },
        Command::RestartAgent { agent: agent.clone(), reason },
        Command::Detach { agent, lease: None, end: LeaseEnd::Detached },
        Command::StopFleet { keep_agents: true },
    ];
    assert_eq!(commands, wanted);
}

#[tokio::test]
async fn a_malformed_trace_is_ignored_and_a_malformed_key_refused() {
    let served = Served::new().await;
    let mut client = served.client().await;
    let path = "/v1/agents/ada/start";
    let (status, _) = client.ask("POST", path, &[("traceparent", "00-zz-1-1")], "").await;
    assert_eq!(status, 200);
    assert_eq!(served.fake.commands.lock().unwrap().remove(0).1.traceparent, None);
    for key in ["", "two words", &"k".repeat(201)] {
        let (status, reply) = client.ask("POST", path, &[("idempotency-key", key)], "").await;
        assert_eq!((status.as_u16(), &reply["error"]["code"]), (400, &"bad_request".into()));
    }
    assert!(served.fake.commands.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_name_that_nobody_has_gets_the_nearest_one() {
    let served = Served::new().await;
    let mut client = served.client().await;
    for path in ["/v1/agents/Ada/explain", "/v1/agents/adda/explain", "/v1/agents/adda/watch"] {
        let (status, reply) = client.get(path).await;
        assert_eq!(
            (status.as_u16(), &reply["error"]["code"]),
            (404, &"not_found".into()),
            "{path}"
        );
        assert_eq!(reply["error"]["hint"], "did you mean \"ada\"?", "{path}");
    }
    let (_, reply) = client.get("/v1/agents/zebra/explain").await;
    assert_eq!(reply["error"]["message"], "no agent is named \"zebra\"");
    assert_eq!(reply["error"]["hint"], "`mosaic agent list` names them all");
}

#[tokio::test]
async fn a_roster_is_read_applied_and_told_agent_by_agent() {
    let served = Served::new().await;
    let mut client = served.client().await;
    let (status, reply) =
        client.post("/v1/roster/apply", r#"{"path":"/r.yaml","start":true}"#).await;
    assert_eq!(status, 200, "{reply}");
    let differs = serde_json::json!([{"field": "role", "wanted": "reviews", "running": "not set"}]);
    let wanted = serde_json::json!({
        "seq": 2,
        "changes": [
            {"agent": "ada", "what": "changed", "fields": ["role"], "differs": differs},
            {"agent": "bob", "what": "starting"},
        ],
        "warnings": ["bob has no role"],
    });
    assert_eq!(reply, wanted);
    let (status, reply) = client.post("/v1/roster/apply", r#"{"path":"/wrong.yaml"}"#).await;
    assert_eq!((status.as_u16(), &reply["error"]["code"]), (422, &"wrong_roster".into()));
    assert_eq!(reply["error"]["details"], serde_json::json!(["line 1", "line 2"]));
    let (status, _) = client.post("/v1/roster/apply", r#"{"path":"r.yaml"}"#).await;
    assert_eq!(status, 400, "the supervisor's directory is not the caller's");
    assert_eq!(served.fake.commands.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_plan_touches_nothing_and_its_digest_is_what_can_be_agreed_to() {
    let served = Served::new().await;
    let mut client = served.client().await;
    let (status, plan) = client.post("/v1/roster/plan", r#"{"path":"/r.yaml"}"#).await;
    assert_eq!(status, 200, "{plan}");
    assert_eq!(served.fake.commands.lock().unwrap().len(), 0);
    let differs = serde_json::json!([{"field": "role", "wanted": "reviews", "running": "not set"}]);
    let changes = serde_json::json!([
        {"agent": "ada", "what": "start", "live": false, "differs": differs},
        {"agent": "bob", "what": "start", "live": false},
        {"agent": "full", "what": "remove", "live": false},
    ]);
    assert_eq!((&plan["changes"], &plan["as_of_seq"]), (&changes, &1.into()));
    let digest = plan["digest"].as_str().unwrap();
    let agreed = |digest: &str| {
        let agreed = serde_json::json!({"digest": digest, "start": ["bob"]});
        serde_json::json!({"path": "/r.yaml", "agreed": agreed}).to_string()
    };
    let (status, reply) = client.post("/v1/roster/apply", &agreed("another")).await;
    assert_eq!((status.as_u16(), &reply["error"]["code"]), (409, &"refused".into()));
    assert_eq!(served.fake.commands.lock().unwrap().len(), 0, "nothing was done");
    assert_eq!(client.post("/v1/roster/apply", &agreed(digest)).await.0, 200);
    let (command, _) = served.fake.commands.lock().unwrap().remove(0);
    let Command::ApplyRoster { consent: Consent::Agreed(agreed), .. } = command else {
        panic!("{command:?}")
    };
    assert_eq!(agreed, Agreed { start: [name("bob")].into(), ..Agreed::default() });
}

#[tokio::test]
async fn attach_gives_an_argv_or_says_what_would_help() {
    let served = Served::new().await;
    let mut client = served.client().await;
    let body = r#"{"who":"ann","tty":"/dev/pts/3"}"#;
    let (_, reply) = client.post("/v1/agents/ada/attach", body).await;
    let argv = ["tmux", "attach", "-t", "$3"];
    let lent = serde_json::json!({"seq": 1, "argv": argv, "lease": "l1", "come_within_ms": 10_000});
    assert_eq!(reply, lent);
    let (status, reply) = client.post("/v1/agents/bob/attach", body).await;
    assert_eq!((status.as_u16(), &reply["error"]["code"]), (409, &"refused".into()));
    let hint = reply["error"]["hint"].as_str().unwrap();
    assert!(hint.starts_with("`mosaic agent start bob` starts it"), "{hint}");
    assert_eq!(client.post("/v1/agents/ada/attach", r#"{"who":""}"#).await.0, 400);
    let no_reason = r#"{"who":"ann","steal":" "}"#;
    assert_eq!(client.post("/v1/agents/ada/attach", no_reason).await.0, 400);
    let long = format!(r#"{{"who":"ann","steal":"{}"}}"#, "x".repeat(1001));
    assert_eq!(client.post("/v1/agents/ada/attach", &long).await.0, 400);
}

#[tokio::test]
async fn rows_status_and_evidence_are_read() {
    let served = Served::new().await;
    let mut client = served.client().await;
    let (_, status) = client.get("/v1/status").await;
    assert_eq!((&status["schema_version"], &status["head_seq"]), (&1.into(), &1.into()));
    let (_, ps) = client.get("/v1/ps").await;
    assert_eq!((ps["rows"].as_array().unwrap().len(), &ps["as_of_seq"]), (3, &1.into()));
    let (_, explained) = client.get("/v1/agents/ada/explain").await;
    assert_eq!(explained["address"], "ada@alpha/zero");
}

#[tokio::test]
async fn a_journal_that_is_full_and_a_supervisor_that_has_left_are_said() {
    let served = Served::new().await;
    let mut client = served.client().await;
    let (status, reply) = client.post("/v1/agents/full/start", "").await;
    assert_eq!((status.as_u16(), &reply["error"]["code"]), (500, &"failed".into()));
    let message = reply["error"]["message"].as_str().unwrap();
    assert_eq!(message, "write to the journal: no space left on device");
    served.dispatching.abort();
    let (status, reply) = client.post("/v1/agents/ada/start", "").await;
    assert_eq!((status.as_u16(), &reply["error"]["code"]), (503, &"shutting_down".into()));
}

#[test]
fn every_error_code_has_the_status_of_the_table() {
    let page = include_str!("../../../../docs/api.md");
    let codes = [
        (ErrorCode::BadRequest, 400),
        (ErrorCode::NotFound, 404),
        (ErrorCode::WrongRoster, 422),
        (ErrorCode::Refused, 409),
        (ErrorCode::Failed, 500),
        (ErrorCode::Missing, 424),
        (ErrorCode::Forbidden, 403),
        (ErrorCode::ShuttingDown, 503),
    ];
    for (code, status) in codes {
        assert_eq!(ApiError::new(code, "").into_response().status(), status);
        let word = serde_json::to_value(code).unwrap();
        let row = format!("| `{}` | {status} |", word.as_str().unwrap());
        assert!(page.contains(&row), "docs/api.md has no row {row}");
    }
}
