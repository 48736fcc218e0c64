claims-not-invited = An account for { $portal } is made by invitation. Open the link in the invitation mail, or ask whoever runs your company's users to invite this address. Questions: { $support }
claims-no-access = You have no access to { $portal } at present. Sign in at the portal to see why and who can change it. Questions: { $support }
