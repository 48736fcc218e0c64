//! What a company is to the portal's: on this rest what roles it is offered and whether it needs a
//! contract, so settings, roles and organizations share the word.

crate::text_enum! {
    /// What a company is to the portal's.
    pub enum OrganizationKind {
        /// Buys.
        Customer = "customer",
        /// Might buy; needs no contract for lead access.
        Prospect = "prospect",
        /// Sells on; may have customers below it.
        Partner = "partner",
        /// Sells to us.
        Vendor = "vendor",
        /// Works for us.
        Contractor = "contractor",
    }
}
