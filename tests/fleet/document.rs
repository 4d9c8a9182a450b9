//! The API's document against its own standard, and every reply of a real supervisor against it.

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::support::{Fleet, LONG, Roster, Wire, need, wait_until};

/// The schema of OpenAPI 3.1 documents, as spec.openapis.org publishes it.
const OPENAPI: &str = include_str!("../fixtures/openapi/3.1.json");

/// The document of a supervisor.
struct Document(Value);

impl Document {
    fn of(fleet: &Fleet) -> Self {
        Self(Wire::to(fleet).ask("GET", "/v1/openapi.json", "").json())
    }

    /// A schema of the document's, in which no object has a field that it does not name.
    fn named(&self, name: &str) -> Validator {
        let mut components = self.0["components"].clone();
        close(&mut components);
        let reference = format!("#/components/schemas/{name}");
        let schema = json!({ "$ref": reference, "components": components });
        jsonschema::options()
            .with_draft(jsonschema::Draft::Draft202012)
            .build(&schema)
            .unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    #[track_caller]
    fn holds(&self, name: &str, value: &Value) {
        let mistakes: Vec<String> = self
            .named(name)
            .iter_errors(value)
            .map(|mistake| format!("{}: {mistake}", mistake.instance_path()))
            .collect();
        assert!(mistakes.is_empty(), "{name} {value:#}\n{mistakes:#?}");
    }

    /// The name of the schema that a route's reply of this status has.
    fn replies(&self, route: &str, method: &str, status: &str) -> String {
        let response = &self.0["paths"][route][method]["responses"][status];
        let reference = &response["content"]["application/json"]["schema"]["$ref"];
        let name = reference.as_str().and_then(|text| text.rsplit('/').next());
        name.unwrap_or_else(|| panic!("{method} {route} {status}: {response}")).to_owned()
    }
}

/// Closes every object that names its fields.
fn close(schema: &mut Value) {
    if let Value::Object(map) = schema {
        if map.contains_key("properties") && !map.contains_key("additionalProperties") {
            map.insert("additionalProperties".to_owned(), false.into());
        }
        map.values_mut().for_each(close);
    } else if let Value::Array(list) = schema {
        list.iter_mut().for_each(close);
    }
}

#[test]
fn the_document_is_openapi_and_every_schema_of_it_is_one() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().stub("ada"));
    let document = Document::of(&fleet);
    let standard: Value = serde_json::from_str(OPENAPI).unwrap();
    let standard = jsonschema::validator_for(&standard).unwrap();
    let mistakes: Vec<String> = standard
        .iter_errors(&document.0)
        .map(|mistake| format!("{}: {mistake}", mistake.instance_path()))
        .collect();
    assert!(mistakes.is_empty(), "{mistakes:#?}");
    let broken = json!({"openapi": "3.1.0", "info": {"title": "no version"}, "paths": {}});
    assert!(!standard.is_valid(&broken), "otherwise this test proves nothing");
    for (name, schema) in document.0["components"]["schemas"].as_object().unwrap() {
        assert!(jsonschema::draft202012::meta::is_valid(schema), "{name}: {schema}");
        document.named(name);
    }
}

#[test]
fn every_reply_is_what_the_document_says_and_names_no_field_that_it_does_not() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().stub("ada").command("cyd", "exec sleep 1000"));
    let document = Document::of(&fleet);
    let mut wire = Wire::to(&fleet);
    let mut ask = |method: &str, route: &str, path: &str, body: &str| {
        let reply = wire.ask(&method.to_uppercase(), path, body);
        assert_eq!(reply.status, 200, "{method} {path}: {reply:?}");
        let value = reply.json();
        document.holds(&document.replies(route, method, "200"), &value);
        value
    };
    let roster = fleet.home().join("config/roster.yaml");
    let roster = json!({ "path": roster, "start": true }).to_string();
    ask("post", "/v1/roster/apply", "/v1/roster/apply", &roster);
    ask("get", "/v1/status", "/v1/status", "");
    for agent in ["ada", "cyd"] {
        let path = format!("/v1/agents/{agent}/explain");
        ask("get", "/v1/agents/{name}/explain", &path, "");
    }
    let text = r#"{"text": "hello", "from": "me"}"#;
    let path = "/v1/agents/ada/messages";
    let sent = ask("post", "/v1/agents/{name}/messages", path, text);
    let message = format!("/v1/messages/{}?wait_ms=20000", sent["id"].as_str().unwrap());
    let end = ask("get", "/v1/messages/{id}", &message, "");
    assert_eq!(end["is_final"], true, "{end}");
    let accepted = format!("/v1/messages/{}", sent["id"].as_str().unwrap());
    ask("post", "/v1/agents/{name}/attach", "/v1/agents/ada/attach", r#"{"who": "me"}"#);
    ask("get", "/v1/ps", "/v1/ps", "");
    ask("post", "/v1/agents/{name}/detach", "/v1/agents/ada/detach", "");
    for verb in ["restart", "stop", "start", "stop"] {
        let route = format!("/v1/agents/{{name}}/{verb}");
        ask("post", &route, &format!("/v1/agents/cyd/{verb}"), r#"{"reason": "lunch"}"#);
    }
    wait_until("cyd exited", LONG, || fleet.row("cyd")["lifecycle"] == "exited");
    let path = "/v1/agents/cyd/messages";
    let waits = ask("post", "/v1/agents/{name}/messages", path, text);
    let message = format!("/v1/messages/{}", waits["id"].as_str().unwrap());
    ask("delete", "/v1/messages/{id}", &message, "");
    ask("get", "/v1/ps", "/v1/ps", "");
    let events = ask("get", "/v1/events", "/v1/events", "");
    assert!(events["events"].as_array().unwrap().len() > 20, "{events}");

    for (method, path, body, status) in [
        ("GET", "/v1/agents/adda/explain", "", 404),
        ("GET", "/v1/nothing", "", 404),
        ("PUT", "/v1/ps", "", 405),
        ("POST", "/v1/agents/ada/messages", "{", 400),
        ("DELETE", &accepted, "", 409),
        ("POST", "/v1/roster/apply", r#"{"path": "/nowhere"}"#, 0),
    ] {
        let reply = Wire::to(&fleet).ask(method, path, body);
        assert!(reply.status == status || status == 0, "{method} {path}: {reply:?}");
        document.holds("ErrorReply", &reply.json());
    }
    ask("post", "/v1/supervisor/stop", "/v1/supervisor/stop", "");
}
