//! The portal as openidconnect's client of one provider, and the types that this needs.

use openidconnect::{
    AdditionalClaims, AuthType, AuthUrl, Client, ClientId, ClientSecret, EmptyExtraTokenFields,
    EndpointNotSet, EndpointSet, IdToken, IdTokenFields, IssuerUrl, RedirectUrl,
    StandardErrorResponse, StandardTokenResponse, TokenUrl, UserInfoClaims,
    core::{
        CoreAuthDisplay, CoreAuthPrompt, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
        CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreRevocableToken,
        CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
    },
    url::ParseError,
};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use super::providers::{Known, Provider};
use crate::{settings::PortalSettings, web::urls};

/// Claims beside the standard ones. Any type is taken here: a wrong one must not make the whole
/// token unreadable.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct MoreClaims {
    /// First second at which the token counts (RFC 7519 4.1.5).
    #[serde(default)]
    pub(super) nbf: Option<serde_json::Value>,
    /// The provider's own session (Back-Channel Logout 1.0 section 2.1).
    #[serde(default)]
    pub(super) sid: Option<serde_json::Value>,
    /// The person in the directory (Microsoft Entra), where `sub` differs by application.
    #[serde(default)]
    pub(super) oid: Option<serde_json::Value>,
    /// Whether the owner of the address's domain vouches for it (Microsoft Entra).
    #[serde(default)]
    pub(super) xms_edov: Option<serde_json::Value>,
}

impl AdditionalClaims for MoreClaims {}

/// An ID token.
pub(super) type Token = IdToken<
    MoreClaims,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;

/// The answer of the token endpoint.
pub(super) type Tokens = StandardTokenResponse<
    IdTokenFields<
        MoreClaims,
        EmptyExtraTokenFields,
        CoreGenderClaim,
        CoreJweContentEncryptionAlgorithm,
        CoreJwsSigningAlgorithm,
    >,
    CoreTokenType,
>;

/// The answer of the UserInfo endpoint.
pub(super) type Userinfo = UserInfoClaims<MoreClaims, CoreGenderClaim>;

/// The portal at one provider; whether the UserInfo endpoint is set is part of the type.
pub(super) type Rp<HasUserinfo = EndpointNotSet> = Client<
    MoreClaims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
    HasUserinfo,
>;

/// Where the provider sends people back: a path of its own for each provider, which tells answers
/// apart where no `iss` is sent (RFC 9207 section 4).
pub(super) fn redirect_uri(portal: &PortalSettings, provider: &str) -> String {
    format!("{}{}", portal.origin(), urls::Callback { provider })
}

/// The client for a provider as it is known now.
///
/// # Errors
/// Never in practice: settings and metadata have been parsed as URLs before.
pub(super) fn rp(
    portal: &PortalSettings,
    provider: &Provider,
    known: &Known,
) -> Result<Rp, ParseError> {
    let settings = &provider.settings;
    let metadata = &known.metadata;
    let auth_type = if metadata.wants_secret_in_body() {
        AuthType::RequestBody
    } else {
        AuthType::BasicAuth
    };
    Ok(Client::new(
        ClientId::new(settings.client_id.clone()),
        IssuerUrl::new(settings.issuer.clone())?,
        known.keys.clone(),
    )
    .set_client_secret(ClientSecret::new(
        settings.client_secret.expose_secret().to_owned(),
    ))
    .set_auth_type(auth_type)
    .set_auth_uri(AuthUrl::from_url(metadata.authorization_endpoint.clone()))
    .set_token_uri(TokenUrl::from_url(metadata.token_endpoint.clone()))
    .set_redirect_uri(RedirectUrl::new(redirect_uri(portal, &settings.key))?))
}
