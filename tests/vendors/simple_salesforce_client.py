"""simple-salesforce against our stand-in of an org: what it accepts, the adapter may be tested with.

Called with the stand-in's address and a token by simple-salesforce.test.mjs.
"""

import sys
import unittest

import requests
from requests.adapters import HTTPAdapter
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import SalesforceMalformedRequest, SalesforceResourceNotFound

URL, TOKEN = sys.argv[1], sys.argv[2]


class Plain(HTTPAdapter):
    """The client knows https only; the stand-in speaks plain http on this machine."""

    def send(self, request, **more):
        request.url = request.url.replace("https://", "http://", 1)
        return super().send(request, **more)


def connect():
    session = requests.Session()
    session.mount("https://", Plain())
    return Salesforce(instance_url=URL, session_id=TOKEN, session=session, version="66.0")


def codes(error):
    return [entry["errorCode"] for entry in error.content]


class Client(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.org = connect()
        cls.account = cls.org.Account.create({"Name": "Acme", "AccountNumber": "10-01"})["id"]

    def contact(self, **more):
        return {"LastName": "Field", "AccountId": self.account, **more}

    def test_a_record_is_created_read_changed_and_deleted(self):
        self.assertEqual(self.org.Account.get(self.account)["Name"], "Acme")
        self.assertEqual(self.org.Account.update(self.account, {"Name": "Acme Oy"}), 204)
        self.assertEqual(self.org.Account.get(self.account)["Name"], "Acme Oy")
        gone = self.org.Account.create({"Name": "Gone"})["id"]
        self.assertEqual(self.org.Account.delete(gone), 204)
        with self.assertRaises(SalesforceResourceNotFound) as failed:
            self.org.Account.get(gone)
        self.assertEqual(codes(failed.exception), ["NOT_FOUND"])

    def test_an_external_id_makes_a_record_once(self):
        key = "Vestibule_Id__c/mem-501"
        first = self.org.Contact.upsert(key, self.contact(), raw_response=True)
        again = self.org.Contact.upsert(key, self.contact(Phone="+49 40 1"), raw_response=True)
        self.assertEqual((first.json()["created"], again.json()["created"]), (True, False))
        self.assertEqual(first.json()["id"], again.json()["id"])
        found = self.org.Contact.get_by_custom_id("Vestibule_Id__c", "mem-501")
        self.assertEqual(found["Phone"], "+49 40 1")

    def test_errors_carry_their_codes(self):
        wrong = [
            ({"FirstName": "Ada"}, "REQUIRED_FIELD_MISSING"),
            (self.contact(Nonsense__c="x"), "INVALID_FIELD"),
        ]
        for body, code in wrong:
            with self.assertRaises(SalesforceMalformedRequest) as failed:
                self.org.Contact.create(body)
            self.assertEqual(codes(failed.exception), [code])
        with self.assertRaises(SalesforceMalformedRequest) as failed:
            self.org.query("SELECT Id FROM")
        self.assertEqual(codes(failed.exception), ["MALFORMED_QUERY"])

    def test_a_query_is_paged_until_nothing_is_left(self):
        for number in range(510, 520):
            self.org.Contact.upsert(f"Vestibule_Id__c/mem-{number}", self.contact())
        soql = f"SELECT Id, LastName FROM Contact WHERE AccountId = '{self.account}' ORDER BY Id"
        first = self.org.query(soql)
        self.assertFalse(first["done"])
        every = self.org.query_all(soql)
        self.assertEqual(len(every["records"]), first["totalSize"])
        self.assertGreaterEqual(first["totalSize"], 10)

    def test_limits_and_fields_are_described(self):
        self.assertEqual(self.org.limits()["DailyApiRequests"]["Max"], 100000)
        self.assertEqual(self.org.api_usage["api-usage"].total, 100000)
        fields = {field["name"]: field for field in self.org.Contact.describe()["fields"]}
        self.assertTrue(fields["Vestibule_Id__c"]["externalId"])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
