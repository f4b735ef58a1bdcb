//! One input of a machine.

use bearerkit::{HttpResponse, Timestamp, TransportFailure};
use serde_json::json;

use super::super::answer;
use super::super::client::MARK;
use super::super::draw::Draw;
use super::plan::{Format, Plan};

/// `back`: how far the serial is behind the last one.
#[derive(Debug, Clone)]
pub enum Step {
    /// A call that began `waited` ms ago, or will by a clock that was set back, and wants a token with so many seconds left.
    Poll {
        waited: i64,
        validity: u64,
    },
    Answer {
        back: u32,
        answer: Answer,
    },
    Fail {
        back: u32,
        failure: TransportFailure,
    },
    Lost(u32),
    Unable(u32),
    Credentials {
        back: u32,
        number: u8,
    },
    Sign {
        back: u32,
        signature: Vec<u8>,
    },
    Unauthorized {
        back: u32,
        status: u16,
        header: String,
    },
    Pass(u64),
    Back(u64),
    Set(Timestamp),
    /// To one of the instants at which something changes, and a few ms beyond.
    Reach {
        point: u8,
        late: i8,
    },
    Saw(u64),
    Settle,
    Reseed(u64),
    Invalidate,
    Forget,
    Replace(u8),
}

/// What a token endpoint says.
#[derive(Debug, Clone)]
pub enum Answer {
    /// `token`, `refreshes`: 0 for a new one, 1 for one like before; `refreshes` 2: none.
    Grant {
        life: u64,
        token: u8,
        refreshes: u8,
    },
    /// A status, a code, and a description that echoes the request.
    Refusal {
        status: u16,
        error: String,
    },
    /// To be left alone for a while.
    Busy {
        status: u16,
        headers: Vec<(String, String)>,
    },
    Raw(HttpResponse),
}

const CODES: [&str; 10] = [
    "invalid_client",
    "unauthorized_client",
    "invalid_grant",
    "invalid_request",
    "invalid_scope",
    "unsupported_grant_type",
    "temporarily_unavailable",
    "server_error",
    "slow_down",
    "",
];
const RETRY_AFTER: [&str; 9] = [
    "",
    "0",
    "1",
    "60",
    "99999999999999999999",
    "soon",
    "Tue, 14 Nov 2023 22:14:20 GMT",
    "Tue, 14 Nov 2023 21:13:20 GMT",
    "Sunday, 06-Nov-94 08:49:37 GMT",
];
const DATES: [&str; 3] = ["", "Tue, 14 Nov 2023 22:13:20 GMT", "Wed, 15 Nov 2023 22:13:20 GMT"];
const HEADERS: [&str; 6] = [
    "",
    "Bearer",
    r#"Bearer error="invalid_token""#,
    r#"Bearer error="insufficient_scope""#,
    r#"Basic realm="x", DPoP error="use_dpop_nonce""#,
    r#"Bearer error="open"#,
];

const METADATA: &[u8] = br#"{"issuer":"https://as.example/tenant","token_endpoint":"https://as.example/token",
    "token_endpoint_auth_methods_supported":["client_secret_post"]}"#;

impl Step {
    pub fn draw(draw: &mut Draw<'_>) -> Self {
        match draw.below(24) {
            0..4 => Step::Poll { waited: waited(draw), validity: 0 },
            4 => Step::Poll { waited: waited(draw), validity: span(draw) },
            5..9 => Step::Answer { back: back(draw), answer: Answer::draw(draw) },
            9 => {
                let failures = [
                    TransportFailure::Timeout,
                    TransportFailure::Network { reason: Some("it broke off".into()), is_permanent: draw.below(2) == 0 },
                    TransportFailure::Fetch { reason: None },
                    TransportFailure::TooLarge { status: 200 },
                    TransportFailure::TooLarge { status: 403 },
                ];
                Step::Fail { back: back(draw), failure: draw.pick(&failures) }
            }
            10 => Step::Lost(back(draw)),
            11 => Step::Unable(back(draw)),
            12 => Step::Credentials { back: back(draw), number: draw.below(4) },
            13 => Step::Sign { back: back(draw), signature: draw.piece().into_bytes() },
            14 => {
                let status = draw.pick(&[401, 403, 400]);
                Step::Unauthorized { back: back(draw), status, header: draw.pick(&HEADERS).to_owned() }
            }
            15 => Step::Pass(span(draw)),
            16 => Step::Back(span(draw)),
            17 => Step::Set(Timestamp::from_millis(draw.bits() >> draw.below(32))),
            18 => Step::Reach { point: draw.byte(), late: i8::from_ne_bytes([draw.byte()]) / 8 },
            19 => Step::Saw(span(draw)),
            20 => draw.pick(&[Step::Settle, Step::Invalidate, Step::Forget]),
            21 => Step::Replace(draw.below(4)),
            22 => Step::Reseed(draw.byte().into()),
            _ => Step::Pass(1000 * (1 + u64::from(draw.byte()))),
        }
    }
}

/// Mostly none.
fn back(draw: &mut Draw<'_>) -> u32 {
    match draw.byte() {
        0..200 => 0,
        byte @ 200..240 => u32::from(byte) % 4,
        byte => u32::MAX - u32::from(byte) % 4,
    }
}

fn waited(draw: &mut Draw<'_>) -> i64 {
    let span = i64::from(draw.byte()) << draw.below(12);
    if draw.below(8) == 7 { -span } else { span }
}

/// From a few ms to a hundred years, and more now and then.
fn span(draw: &mut Draw<'_>) -> u64 {
    let mantissa = u64::from(draw.byte());
    mantissa << draw.below(44) >> 4
}

impl Answer {
    fn draw(draw: &mut Draw<'_>) -> Self {
        match draw.below(8) {
            0..3 => Answer::Grant { life: span(draw), token: draw.below(2), refreshes: draw.below(3) },
            3 => Answer::Grant { life: 3600, token: 0, refreshes: draw.below(3) },
            4 => Answer::Refusal {
                status: draw.pick(&[200, 400, 401, 403, 404, 422, 500]),
                error: draw.pick(&CODES).to_owned(),
            },
            5 => {
                let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
                let status = draw.pick(&[429, 503, 500, 408]);
                let headers = [header("retry-after", draw.pick(&RETRY_AFTER)), header("date", draw.pick(&DATES))];
                Answer::Busy { status, headers: headers.into_iter().filter(|(_, value)| !value.is_empty()).collect() }
            }
            _ => {
                let piece = draw.piece().replace(MARK, "mark");
                let mut response = answer::response(&mut Draw::new(piece.as_bytes()));
                response.status = if response.status == 0 { 200 } else { response.status };
                Answer::Raw(response)
            }
        }
    }

    /// The life that it states, where a plain server would.
    pub fn life(&self) -> Option<u64> {
        match self {
            Answer::Grant { life, .. } if *life < 1_000_000_000 => Some(*life),
            _ => None,
        }
    }

    /// `number`: what is new in it. `shown`: what the request said.
    pub fn response(&self, plan: &Plan, number: u32, shown: &str) -> HttpResponse {
        let mut response = HttpResponse { status: 200, ..HttpResponse::default() };
        let asks_for_metadata = shown.contains("/.well-known/");
        match self {
            Answer::Grant { .. } if asks_for_metadata => response.body = METADATA.to_vec(),
            Answer::Grant { life, token, refreshes } => {
                let token = if *token == 0 { format!("t0k3n-{MARK}-{number}") } else { format!("t0k3n-{MARK}") };
                let refresh_token = match refreshes {
                    0 => Some(format!("r3fr3sh-{MARK}-{number}")),
                    1 => Some(format!("r3fr3sh-{MARK}")),
                    _ => None,
                };
                response.body = match plan.format {
                    Format::Text => token.into_bytes(),
                    Format::Standard => {
                        json!({ "access_token": token, "expires_in": life, "refresh_token": refresh_token })
                            .to_string()
                            .into_bytes()
                    }
                    Format::Form => {
                        let refresh_token = refresh_token.unwrap_or_default();
                        format!("access_token={token}&expires_in={life}&refresh_token={refresh_token}").into_bytes()
                    }
                };
            }
            Answer::Refusal { status, error } => {
                response.status = *status;
                response.body = json!({ "error": error, "error_description": shown }).to_string().into_bytes();
            }
            Answer::Busy { status, headers } => {
                response.status = *status;
                response.headers.clone_from(headers);
            }
            Answer::Raw(raw) => response = raw.clone(),
        }
        response
    }
}
