//! The ways in which the provider can be told to be wrong, so that a client can prove its checks.
//!
//! The cases are those of the OpenID Foundation's client tests (Basic and Config profile), the
//! negative ones of the FAPI 2 client plan that apply to the code flow, and a few faults of
//! plain HTTP. They are set from Rust only; there is no URL that switches them.

/// What a correct client does when it meets a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// Nobody gets in.
    Refused,
    /// The sign-in succeeds: the case is odd and allowed.
    Accepted,
    /// The specifications leave it open; the client has to have an answer, not a crash.
    UpToTheClient,
}

macro_rules! misbehaviours {
    ($($(#[doc = $doc:literal])+ $name:ident => $expected:ident,)+) => {
        /// One way to be wrong. The description says what this provider does.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Misbehaviour {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Misbehaviour {
            /// Every case, in the order of a sign-in's steps.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// What a correct client does then.
            pub const fn expected(self) -> Expected {
                match self {
                    $(Self::$name => Expected::$expected,)+
                }
            }
        }
    };
}

misbehaviours! {
    /// The discovery document names another issuer (Discovery 4.3): not even an authorization request may follow.
    DiscoveryIssuerMismatch => Refused,
    /// Discovery answers 500.
    DiscoveryServerError => Refused,
    /// Discovery answers 200 with something that is not JSON.
    DiscoveryGarbage => Refused,
    /// The key set answers 500.
    KeysServerError => Refused,
    /// The key set is empty.
    KeysEmpty => Refused,

    /// The authorization response names another issuer (RFC 9207 2.4).
    ResponseIssuerWrong => Refused,
    /// The authorization response names no issuer although the metadata promises it (RFC 9207 2.4).
    ResponseIssuerMissing => Refused,
    /// The authorization response carries a `state` the client never made.
    StateWrong => Refused,
    /// The authorization response carries no `state`.
    StateMissing => Refused,
    /// The authorization response carries neither code nor error.
    CodeMissing => Refused,

    /// The token endpoint answers 500.
    TokenServerError => Refused,
    /// The token endpoint answers `invalid_grant` to a good code.
    TokenInvalidGrant => Refused,
    /// The token endpoint answers, rightly, after [`SLOW`](super::SLOW): longer than a page may wait.
    TokenSlow => Refused,
    /// The token endpoint answers 200 with something that is not JSON.
    TokenGarbage => Refused,
    /// The token endpoint begins a JSON answer of 64 MiB.
    TokenHuge => Refused,
    /// The token endpoint redirects to another host, where the client's secret would go.
    TokenRedirects => Refused,
    /// The token reply has no `id_token`.
    IdTokenMissing => Refused,
    /// The token reply says `BEARER`; the type is not case-sensitive (RFC 6749 5.1).
    TokenTypeOddCase => Accepted,
    /// The token reply does not say how long the access token lives (RFC 6749 5.1: recommended only).
    ExpiresInMissing => Accepted,

    /// `iss` of the id token is another issuer.
    IssuerWrong => Refused,
    /// The id token has no `iss`.
    IssuerMissing => Refused,
    /// The id token has no `sub`.
    SubjectMissing => Refused,
    /// `aud` is another client.
    AudienceWrong => Refused,
    /// The id token has no `aud`.
    AudienceMissing => Refused,
    /// `aud` is a list of one: the client itself.
    AudienceListOfOne => Accepted,
    /// `aud` lists the client and a second one it knows nothing of (Core 3.1.3.7, 3).
    TwoAudiences => Refused,
    /// `azp` is another client (Core 3.1.3.7, 5).
    AuthorizedPartyWrong => Refused,
    /// The id token has no `iat`.
    IssuedAtMissing => Refused,
    /// `iat` is a day ahead.
    IssuedInFuture => Refused,
    /// `iat` is a year ago.
    IssuedYearAgo => Refused,
    /// The id token has no `exp`.
    ExpiryMissing => Refused,
    /// `exp` is ten minutes ago.
    Expired => Refused,
    /// `nbf` is a day ahead.
    NotBeforeInFuture => Refused,
    /// `nonce` is another one.
    NonceWrong => Refused,
    /// The id token has no `nonce` although one was sent.
    NonceMissing => Refused,
    /// `at_hash` belongs to another access token.
    AccessTokenHashWrong => Refused,
    /// `auth_time` is a day ago: too old whenever the client asked by `max_age` or `prompt=login`.
    AuthTimeOld => UpToTheClient,

    /// `alg` is `none` and there is no signature.
    AlgorithmNone => Refused,
    /// The RS256 signature has a bit flipped.
    SignatureBad => Refused,
    /// Signed by a stranger's key under the published key's name.
    SignatureOfStranger => Refused,
    /// Signed with HS256 and the client's secret, although RS256 is what the metadata promises.
    Hs256WithClientSecret => Refused,
    /// No `kid`, and one key published.
    KidAbsent => Accepted,
    /// No `kid`, and two keys published: trying both and refusing are both right.
    KidAbsentTwoKeys => UpToTheClient,
    /// Signed by a key that is never published, under a `kid` of its own.
    KidUnknown => Refused,
    /// A new key replaces the old one just before each signing: the client has to ask for the keys again.
    KeysRotatedBeforeSigning => Accepted,
    /// The header says `typ: at+jwt`: an access token in the place of an id token (RFC 9068 2.1).
    TypeAccessToken => Refused,
    /// The header lists an extension as critical that nobody knows (RFC 7515 4.1.11).
    CriticalUnknown => Refused,

    /// `email_verified` is missing, in the id token and in UserInfo: the address proves nothing.
    EmailVerifiedMissing => UpToTheClient,
    /// `email_verified` is the text `"true"`, in both.
    EmailVerifiedText => UpToTheClient,
    /// `email_verified` is `false`, in both: the address proves nothing.
    EmailVerifiedFalse => UpToTheClient,

    /// `sub` of UserInfo is somebody else (Core 5.3.2).
    UserinfoSubjectDiffers => Refused,
    /// UserInfo has no `sub` (Core 5.3.2).
    UserinfoSubjectMissing => Refused,
    /// `email` of UserInfo is another one than that of the id token.
    UserinfoEmailDiffers => UpToTheClient,
    /// UserInfo answers 500.
    UserinfoServerError => UpToTheClient,
}
