//! Who comes in, what there is, and how long anybody may take.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;

use super::super::caller::{Door, Peer};
use super::super::serve::Terms;
use super::super::state::Patience;
use super::client::soon;
use super::support::Served;

#[tokio::test]
async fn another_uid_is_kept_out_of_every_route() {
    let own = nix::unistd::geteuid().as_raw();
    let served = Served::on(Terms {
        door: Door { owner: own + 1, root: false },
        patience: Patience::default(),
    })
    .await;
    let mut client = served.client().await;
    for (method, path) in [("GET", "/v1/ps"), ("POST", "/v1/supervisor/stop"), ("GET", "/no")] {
        let (status, reply) = client.ask(method, path, &[], "").await;
        assert_eq!((status.as_u16(), &reply["error"]["code"]), (403, &"forbidden".into()));
        let message = reply["error"]["message"].as_str().unwrap();
        assert_eq!(message, format!("this fleet belongs to uid {}, not to uid {own}", own + 1));
    }
    assert!(served.fake.commands.lock().unwrap().is_empty());
}

#[test]
fn the_owner_and_root_may_come_in_and_nobody_else() {
    let door = Door { owner: 1000, root: true };
    let may = |uid| door.admits(Peer { uid, pid: 1 });
    assert_eq!([0, 1000, 1001, 65_534].map(may), [true, true, false, false]);
    assert!(!Door { root: false, ..door }.admits(Peer { uid: 0, pid: 1 }));
    let here = Door::of_this_process();
    assert_eq!((here.owner, here.root), (nix::unistd::geteuid().as_raw(), true));
}

#[tokio::test]
async fn what_there_is_not_is_an_error_in_json() {
    let served = Served::new().await;
    let mut client = served.client().await;
    for (method, path, is) in
        [("GET", "/", 404), ("GET", "/v1/pss", 404), ("DELETE", "/v1/ps", 405)]
    {
        let (status, reply) = client.ask(method, path, &[], "").await;
        assert_eq!((status.as_u16(), &reply["error"]["code"]), (is, &"not_found".into()));
        assert_eq!(reply["error"]["message"], format!("there is no {method} {path}"));
    }
}

#[tokio::test]
async fn the_document_lists_what_answers_and_the_page_lists_the_same() {
    let served = Served::new().await;
    let mut client = served.client().await;
    let (status, document) = client.get("/v1/openapi.json").await;
    assert_eq!(status, 200);
    let mut listed = Vec::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys() {
            listed.push(format!("{} {path}", method.to_uppercase()));
        }
    }
    for route in &listed {
        let (method, path) = route.split_once(' ').unwrap();
        let path = path.replace("{name}", "nobody").replace("{id}", "none");
        let mut client = served.client().await;
        let reply = client.ask(method, &path, &[], "").await.1;
        let message = reply["error"]["message"].as_str().unwrap_or_default();
        assert!(!message.starts_with("there is no "), "{route} is listed and does not answer");
    }
    let page = include_str!("../../../../docs/api.md");
    let mut told: Vec<_> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(route, _)| route.to_owned())
        .filter(|route| route.contains(" /v1/"))
        .collect();
    listed.sort();
    told.sort();
    assert_eq!(told, listed, "docs/api.md and the document differ");
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for body in ["ErrorReply", "PsReply", "Row", "MessageReply", "WatchFrame", "EventRecord"] {
        assert!(schemas.contains_key(body), "{body} has no schema");
    }
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
}

#[tokio::test]
async fn a_connection_that_says_nothing_or_half_a_request_is_closed() {
    let served = async |head, body| {
        let patience = Patience { head, body };
        Served::on(Terms { door: Door::of_this_process(), patience }).await
    };
    let (short, long) = (Duration::from_millis(20), Duration::from_secs(600));
    let mut rest = Vec::new();
    let hasty = served(short, long).await;
    for begun in ["", "GET /v1/status HTTP/1.1\r\nhost:"] {
        let mut stream = UnixStream::connect(&hasty.socket).await.unwrap();
        // Who writes late finds it closed already, and that is what is waited for.
        let _may_be_late = stream.write_all(begun.as_bytes()).await;
        let _closed = soon(stream.read_to_end(&mut rest)).await;
    }
    let served = served(long, short).await;
    let mut stream = UnixStream::connect(&served.socket).await.unwrap();
    let half = b"POST /v1/agents/ada/start HTTP/1.1\r\nhost: m\r\ncontent-length: 9\r\n\r\n{";
    stream.write_all(half).await.unwrap();
    soon(stream.read_to_end(&mut rest)).await.unwrap();
    let rest = String::from_utf8(rest).unwrap();
    assert!(rest.contains("the body did not come within 20ms"), "{rest}");
}

#[tokio::test]
async fn one_connection_takes_one_request_after_another() {
    let served = Served::new().await;
    let mut client = served.client().await;
    for _ in 0..50 {
        assert_eq!(client.get("/v1/status").await.0, 200);
        assert_eq!(client.get("/v1/agents/nobody/explain").await.0, 404);
    }
    served.leaving.send_replace(true);
    soon(served.serving).await.unwrap().unwrap();
    assert!(UnixStream::connect(&served.socket).await.is_err(), "nobody listens any more");
}
