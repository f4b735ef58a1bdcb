//! The whole life-cycle with a blocking HTTP client: `cargo run --example native --features http`.
//!
//! The machine decides; this program sends and waits. A small server on loopback plays the authorization server: it grants
//! tokens that live three seconds, and answers one request with 429.
#![allow(clippy::disallowed_types, clippy::disallowed_methods)] // the clock and the I/O that the core leaves to its caller

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bearerkit::{
    Action, ClientConfig, Credentials, HttpRequest, HttpResponse, Machine, Next, Provider, Timestamp, Token,
};
use bearerkit::{TokenRequest, TransportFailure};

/// A token for one call: poll, act, poll again.
fn token(machine: &mut Machine, agent: &ureq::Agent) -> Result<Arc<Token>, bearerkit::Error> {
    loop {
        match machine.poll(now()) {
            Action::Use { token, renew } => {
                // A server would do this on another thread; here it costs the call a moment.
                if let Some(request) = renew {
                    carry_out(machine, agent, request);
                }
                return Ok(token);
            }
            Action::Send(request) => carry_out(machine, agent, request),
            Action::Wait { until } => std::thread::sleep(until.since(now())),
            Action::Fail(error) => return Err(error),
        }
    }
}

fn carry_out(machine: &mut Machine, agent: &ureq::Agent, request: TokenRequest) {
    let mut following = Some(request);
    while let Some(TokenRequest { serial, next, .. }) = following {
        let Next::Send(http) = next else { panic!("this client neither signs nor asks for credentials") };
        println!("-> token request {}", serial.0);
        following = match send(agent, &http) {
            Ok(response) => {
                println!("<- {}", response.status);
                machine.on_response(serial, &response, now())
            }
            Err(failure) => {
                machine.on_failure(serial, failure, now());
                None
            }
        };
    }
}

fn send(agent: &ureq::Agent, http: &HttpRequest) -> Result<HttpResponse, TransportFailure> {
    let network = |error: ureq::Error| TransportFailure::Network {
        // No such host is no matter of seconds.
        is_permanent: matches!(error, ureq::Error::HostNotFound | ureq::Error::Tls(_) | ureq::Error::BadUri(_)),
        reason: Some(error.to_string()),
    };
    let request: ureq::http::Request<Vec<u8>> = http.try_into().map_err(|error: bearerkit::Error| {
        TransportFailure::Network { reason: Some(error.to_string()), is_permanent: true }
    })?;
    let response = agent.run(request).map_err(|error| match error {
        ureq::Error::Timeout(_) => TransportFailure::Timeout,
        error => network(error),
    })?;
    let (head, mut body) = response.into_parts();
    let body = body.with_config().limit(1024 * 1024).read_to_vec();
    let body = body.map_err(|_| TransportFailure::TooLarge { status: head.status.as_u16() })?;
    Ok(HttpResponse::from(&ureq::http::Response::from_parts(head, body)))
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let endpoint = format!("http://{}/token", listener.local_addr()?);
    std::thread::spawn(move || serve(&listener));

    let provider = Provider::from_token_endpoint(&endpoint)?;
    let credentials = Credentials::new().with("client_id", "app").with("client_secret", "s3cr3t");
    let client = ClientConfig::new(provider, credentials).with_insecure_loopback();
    client.check()?;
    let timeout = client.timeout();
    let mut machine = Machine::new(client, now().as_millis());
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .max_redirects(0)
        .http_status_as_error(false)
        .timeout_global(Some(timeout))
        .build()
        .into();

    for call in 1..=8 {
        let token = token(&mut machine, &agent)?;
        println!("call {call}: token of request {}, {} ms left", token.serial.0, token.remaining(now()).as_millis());
        std::thread::sleep(Duration::from_millis(700));
    }
    Ok(())
}

/// Grants tokens that live three seconds, and answers the second request with 429.
fn serve(listener: &TcpListener) {
    for (number, stream) in listener.incoming().flatten().enumerate() {
        let _ = answer(stream, number);
    }
}

fn answer(stream: TcpStream, number: usize) -> std::io::Result<()> {
    let mut reader = BufReader::new(&stream);
    let (mut line, mut length) = (String::new(), 0);
    while reader.read_line(&mut line)? > 2 {
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        line.clear();
    }
    reader.read_exact(&mut vec![0; length])?;
    let (status, body) = match number {
        1 => ("429 Too Many Requests\r\nretry-after: 1", String::new()),
        _ => ("200 OK", format!(r#"{{"access_token":"token-{number}","token_type":"Bearer","expires_in":3}}"#)),
    };
    let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    (&stream).write_all(format!("{head}{body}").as_bytes())
}
