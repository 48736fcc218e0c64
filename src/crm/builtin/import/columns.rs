//! What a column means, told by its heading in English or German.

use crate::kernel::text;

crate::text_enum! {
    /// What a file lists.
    pub enum FileKind {
        /// Companies.
        Accounts = "accounts",
        /// People at companies.
        Contacts = "contacts",
        /// Agreements with companies.
        Contracts = "contracts",
    }
}

/// The meaning of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Column {
    AccountNumber,
    AccountName,
    AccountKind,
    Parent,
    Domains,
    Postcode,
    VatNumber,
    Owner,
    ContactNumber,
    GivenName,
    FamilyName,
    FullName,
    Email,
    Phone,
    Language,
    OptedOut,
    ContractNumber,
    Status,
    StartsOn,
    EndsOn,
    GraceDays,
    Seats,
    Products,
}

/// A column with the headings that mean it, folded to plain letters and digits, between spaces.
type Meaning = (Column, &'static str);

const ACCOUNTS: &[Meaning] = &[
    (
        Column::AccountNumber,
        "accountnumber accountno accountid account customernumber customerno customerid \
         number no id kundennummer kundennr kdnr debitor debitorennummer debitornr nummer \
         nr",
    ),
    (
        Column::AccountName,
        "accountname name company companyname customer customername organization \
         organisation firma firmenname kunde kundenname unternehmen",
    ),
    (
        Column::AccountKind,
        "kind type accounttype accountkind art typ kundenart kundentyp",
    ),
    (
        Column::Parent,
        "parent parentnumber parentaccount parentaccountnumber parentid konzern \
         konzernnummer muttergesellschaft ubergeordnet uebergeordnet ubergeordnetefirma \
         ubergeordneterkunde hauptkunde",
    ),
    (
        Column::Domains,
        "domain domains emaildomain emaildomains maildomain website web url webseite \
         internet homepage",
    ),
    (
        Column::Postcode,
        "postcode postalcode zip zipcode plz postleitzahl",
    ),
    (
        Column::VatNumber,
        "vat vatnumber vatid vatno vatregno taxid taxnumber ustid ustidnr ustidnummer \
         umsatzsteuerid",
    ),
    (
        Column::Owner,
        "owner owneremail accountowner accountmanager salesrep betreuer betreueremail \
         betreuung vertrieb",
    ),
];

/// The company in a list of something else.
const NUMBER_OF_ACCOUNT: Meaning = (
    Column::AccountNumber,
    "accountnumber accountno accountid customernumber customerno customerid \
     kundennummer kundennr kdnr debitor debitorennummer debitornr",
);
const NAME_OF_ACCOUNT: Meaning = (
    Column::AccountName,
    "account accountname company companyname customer customername organization \
     organisation firma firmenname kunde kundenname unternehmen",
);

const CONTACTS: &[Meaning] = &[
    NUMBER_OF_ACCOUNT,
    NAME_OF_ACCOUNT,
    (
        Column::ContactNumber,
        "contactnumber contactno contactid kontaktnummer kontaktnr kontaktid number \
         nummer nr id",
    ),
    (
        Column::GivenName,
        "firstname givenname forename vorname rufname",
    ),
    (
        Column::FamilyName,
        "lastname familyname surname nachname familienname zuname",
    ),
    (
        Column::FullName,
        "name fullname contact contactname person ansprechpartner ansprechpartnerin \
         kontakt",
    ),
    (
        Column::Email,
        "email emailaddress mail emailadresse mailadresse epost",
    ),
    (
        Column::Phone,
        "phone phonenumber telephone tel telefon telefonnummer mobile mobil handy",
    ),
    (Column::Language, "language lang sprache"),
    (
        Column::OptedOut,
        "optout optedout emailoptout hasoptedoutofemail unsubscribed donotemail nomail \
         keinemails abgemeldet werbesperre",
    ),
];

const CONTRACTS: &[Meaning] = &[
    NUMBER_OF_ACCOUNT,
    NAME_OF_ACCOUNT,
    (
        Column::ContractNumber,
        "contractnumber contractno contractid contract agreement agreementnumber \
         vertragsnummer vertragsnr vertrag number nummer nr id",
    ),
    (
        Column::Status,
        "status state contractstatus vertragsstatus zustand",
    ),
    (
        Column::StartsOn,
        "start startdate starts startson from validfrom begin beginn startdatum von \
         gultigab gueltigab vertragsbeginn laufzeitvon",
    ),
    (
        Column::EndsOn,
        "end enddate ends endson to until validto validuntil expires ende enddatum bis \
         gultigbis gueltigbis vertragsende laufzeitbis ablauf ablaufdatum",
    ),
    (
        Column::GraceDays,
        "grace gracedays graceperiod kulanz kulanztage nachfrist nachfristtage karenz",
    ),
    (
        Column::Seats,
        "seats users licenses licences nutzer benutzer platze plaetze lizenzen \
         anzahlnutzer",
    ),
    (
        Column::Products,
        "product products productcodes services produkt produkte leistungen artikel",
    ),
];

/// A heading as it compares: plain letters and digits.
fn folded(heading: &str) -> String {
    text::fold(heading)
        .chars()
        .filter(|character| character.is_alphanumeric())
        .collect()
}

fn meanings(kind: FileKind) -> &'static [Meaning] {
    match kind {
        FileKind::Accounts => ACCOUNTS,
        FileKind::Contacts => CONTACTS,
        FileKind::Contracts => CONTRACTS,
    }
}

/// The meaning of each heading in a list of this kind; a meaning is taken once.
pub(super) fn columns(kind: FileKind, header: &[String]) -> Vec<Option<Column>> {
    let mut taken = Vec::new();
    header
        .iter()
        .map(|heading| {
            let heading = folded(heading);
            let (column, _) = meanings(kind).iter().find(|(column, names)| {
                names.split(' ').any(|name| name == heading) && !taken.contains(column)
            })?;
            taken.push(*column);
            Some(*column)
        })
        .collect()
}

/// What such a list cannot do without, in words; empty when it has all of it.
pub(super) fn missing(kind: FileKind, columns: &[Option<Column>]) -> Vec<&'static str> {
    let has = |column| columns.contains(&Some(column));
    let of_account = has(Column::AccountNumber) || has(Column::AccountName);
    let needs: &[(bool, &'static str)] = match kind {
        FileKind::Accounts => &[
            (has(Column::AccountNumber), "Account number"),
            (has(Column::AccountName), "Account name"),
        ],
        FileKind::Contacts => &[
            (of_account, "Account number (or Account name)"),
            (
                has(Column::Email) || has(Column::ContactNumber),
                "E-mail (or Contact number)",
            ),
        ],
        FileKind::Contracts => &[
            (has(Column::ContractNumber), "Contract number"),
            (of_account, "Account number (or Account name)"),
            (has(Column::StartsOn), "Start date"),
        ],
    };
    needs
        .iter()
        .filter(|(is_there, _)| !is_there)
        .map(|(_, name)| *name)
        .collect()
}

/// The kind of list a header fits best, with how many columns it explains.
pub(super) fn recognise(header: &[String]) -> (FileKind, usize) {
    let fits = |kind: &FileKind| {
        let columns = columns(*kind, header);
        let known = columns.iter().flatten().count();
        (missing(*kind, &columns).is_empty(), known)
    };
    let best = FileKind::ALL
        .iter()
        .max_by_key(|kind| fits(kind))
        .copied()
        .unwrap_or(FileKind::Accounts);
    (best, fits(&best).1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind_of(header: &str) -> (FileKind, usize) {
        let header: Vec<String> = header.split(',').map(str::to_owned).collect();
        recognise(&header)
    }

    #[test]
    fn tells_lists_by_their_headings() {
        assert_eq!(
            kind_of("Account Number,Account name,ZIP"),
            (FileKind::Accounts, 3)
        );
        assert_eq!(
            kind_of("Kunden-Nr.,Firma,PLZ,USt-IdNr.,Betreuer"),
            (FileKind::Accounts, 5)
        );
        assert_eq!(
            kind_of("Firma,Vorname,Nachname,E-Mail"),
            (FileKind::Contacts, 4)
        );
        assert_eq!(kind_of("Company,Name,Mail,Phone"), (FileKind::Contacts, 4));
        assert_eq!(
            kind_of("Kundennummer,Kunde,E-Mail,PLZ"),
            (FileKind::Contacts, 3)
        );
        assert_eq!(
            kind_of("Vertragsnummer,Kunde,Gültig ab,Gültig bis,Plätze"),
            (FileKind::Contracts, 5)
        );
        assert_eq!(
            kind_of("Contract No,Customer No,Start,End,Status"),
            (FileKind::Contracts, 5)
        );
    }

    #[test]
    fn says_what_is_missing() {
        let header = ["Firma".to_owned(), "PLZ".to_owned()];
        let columns = columns(FileKind::Accounts, &header);
        assert_eq!(missing(FileKind::Accounts, &columns), ["Account number"]);
    }
}
