//! What became of an invitation: to whoever invited.

use crate::{
    kernel::EmailAddress,
    letter_templates,
    mail::{
        Letterhead, Words,
        letter::{FrameKeys, example_address},
    },
    web::Lang,
};

/// What became of it.
#[derive(Debug, Clone)]
pub enum News {
    /// The invitee accepted.
    Joined,
    /// Somebody with another address accepted, as the organization allows.
    JoinedOther {
        /// The address that was invited.
        invited: EmailAddress,
    },
    /// The invitee declined.
    Declined,
    /// The time of these invitations ran out.
    Expired,
    /// The invitee came too late and asks for a new one.
    AskedAgain,
    /// Somebody asks to accept with another address.
    OtherAddress {
        /// The name they gave; may be empty.
        name: String,
        /// Their verified address.
        email: EmailAddress,
    },
}

/// News of one or, when they expired, several invitations.
#[derive(Debug, Clone)]
pub struct InvitationNews {
    /// What became of them.
    pub news: News,
    /// The name of whoever reads it; may be empty.
    pub to_name: String,
    /// The organization.
    pub organization: String,
    /// Who was invited, or who accepted.
    pub invitees: Vec<Invitee>,
    /// Where it is dealt with.
    pub link: String,
}

/// Somebody who was invited, or who accepted.
#[derive(Debug, Clone)]
pub struct Invitee {
    /// Name; may be empty.
    pub name: String,
    /// Address.
    pub email: EmailAddress,
}

/// The keys of a letter's texts.
struct Keys {
    subject: &'static str,
    heading: &'static str,
    intro: &'static str,
    what_next: &'static str,
    button: &'static str,
}

/// One line of the list in the letter.
struct Fact {
    term: String,
    value: String,
}

impl InvitationNews {
    fn words(&self, lang: Lang, head: &Letterhead) -> Words {
        let shown = self.invitees.first().map_or("", Invitee::shown);
        let other = match &self.news {
            News::OtherAddress { name, email } if name.is_empty() => email.shown(),
            News::OtherAddress { name, .. } => name,
            _ => "",
        };
        let count = self.invitees.len().to_string();
        let mut values = vec![
            ("invitee", shown),
            ("organization", self.organization.as_str()),
            ("other", other),
            ("count", count.as_str()),
        ];
        // The template of a subject sees texts only, and this letter has one for each news.
        let subject = Words::new(lang, head, &values).t(self.keys().subject);
        values.push(("subject", &subject));
        Words::new(lang, head, &values)
    }

    fn frame_keys(&self) -> FrameKeys {
        let keys = self.keys();
        FrameKeys {
            title: keys.heading,
            preview: keys.intro,
            reason: "mail-invitation-news-reason",
        }
    }

    fn keys(&self) -> Keys {
        let open = "mail-invitation-news-button";
        match self.news {
            News::Joined | News::JoinedOther { .. } => Keys {
                subject: "mail-invitation-joined-subject",
                heading: "mail-invitation-joined-heading",
                intro: "mail-invitation-joined-intro",
                what_next: "mail-invitation-joined-what-next",
                button: open,
            },
            News::Declined => Keys {
                subject: "mail-invitation-declined-subject",
                heading: "mail-invitation-declined-heading",
                intro: "mail-invitation-declined-intro",
                what_next: "mail-invitation-declined-what-next",
                button: open,
            },
            News::Expired if self.invitees.len() > 1 => Keys {
                subject: "mail-invitations-expired-subject",
                heading: "mail-invitations-expired-heading",
                intro: "mail-invitations-expired-intro",
                what_next: "mail-invitations-expired-what-next",
                button: "mail-invitations-expired-button",
            },
            News::Expired => Keys {
                subject: "mail-invitation-expired-subject",
                heading: "mail-invitation-expired-heading",
                intro: "mail-invitation-expired-intro",
                what_next: "mail-invitation-expired-what-next",
                button: open,
            },
            News::AskedAgain => Keys {
                subject: "mail-invitation-asked-again-subject",
                heading: "mail-invitation-asked-again-heading",
                intro: "mail-invitation-asked-again-intro",
                what_next: "mail-invitation-asked-again-what-next",
                button: open,
            },
            News::OtherAddress { .. } => Keys {
                subject: "mail-invitation-other-subject",
                heading: "mail-invitation-other-heading",
                intro: "mail-invitation-other-intro",
                what_next: "mail-invitation-other-what-next",
                button: "mail-invitation-other-button",
            },
        }
    }

    /// Who it is about, line by line.
    fn facts(&self, w: &Words) -> Vec<Fact> {
        let fact = |key: &str, value: String| Fact {
            term: w.t(key),
            value,
        };
        let mut facts: Vec<Fact> = Vec::new();
        if let News::OtherAddress { name, email } = &self.news {
            let from = Invitee {
                name: name.clone(),
                email: email.clone(),
            };
            facts.push(fact("mail-invitation-news-from", from.whole(w)));
        }
        let about = match self.news {
            News::Joined | News::JoinedOther { .. } => "mail-person",
            _ => "mail-invitation-news-invited",
        };
        let invitees = self.invitees.iter();
        facts.extend(invitees.map(|invitee| fact(about, invitee.whole(w))));
        if let News::JoinedOther { invited } = &self.news {
            facts.push(fact(
                "mail-invitation-news-invited",
                invited.shown().to_owned(),
            ));
        }
        facts.push(fact("mail-organization", w.line(&self.organization)));
        facts
    }

    fn examples() -> Vec<(&'static str, Self)> {
        let alex = Invitee {
            name: "Alex Example".to_owned(),
            email: example_address("alex@customer.example"),
        };
        let nameless = Invitee {
            name: String::new(),
            email: example_address("kim@customer.example"),
        };
        let joined = Self {
            news: News::Joined,
            to_name: "Sam Sample".to_owned(),
            organization: "Customer Ltd".to_owned(),
            invitees: vec![alex.clone()],
            link: "https://portal.supplies.example/sales/invitations/inv".to_owned(),
        };
        let with = |news: News| Self {
            news,
            ..joined.clone()
        };
        let several = Self {
            invitees: vec![alex, nameless],
            ..with(News::Expired)
        };
        let other = News::OtherAddress {
            name: "Alex Private".to_owned(),
            email: example_address("alex@mail.example"),
        };
        let joined_other = News::JoinedOther {
            invited: example_address("a.example@customer.example"),
        };
        vec![
            ("joined", joined.clone()),
            ("joined-other", with(joined_other)),
            ("declined", with(News::Declined)),
            ("expired", with(News::Expired)),
            ("expired-several", several),
            ("asked-again", with(News::AskedAgain)),
            ("other-address", with(other)),
        ]
    }
}

impl Invitee {
    fn shown(&self) -> &str {
        if self.name.is_empty() {
            self.email.shown()
        } else {
            &self.name
        }
    }

    fn whole(&self, w: &Words) -> String {
        if self.name.is_empty() {
            self.email.shown().to_owned()
        } else {
            format!("{}, {}", w.line(&self.name), self.email)
        }
    }
}

letter_templates!(InvitationNews: "invitation_news"
    "emails/invitation_news/subject.txt" "emails/invitation_news/body.txt" "emails/invitation_news/body.html");
