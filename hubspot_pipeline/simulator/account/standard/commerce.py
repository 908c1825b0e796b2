"""The properties that come with HubSpot of what is offered, ordered and paid."""

_PRICES = """
name | Name | string |
description | Description | string | area
price | Unit price | number |
hs_sku | SKU | string |
hs_cost_of_goods_sold | Unit cost | number |
hs_url | URL | string |
hs_images | Image URL | string |
hs_product_type | Product type | enumeration |
= inventory; non_inventory; service
recurringbillingfrequency | Billing frequency | enumeration |
= weekly; biweekly; monthly; quarterly; per_six_months; annually; per_two_years; per_three_years
= per_four_years; per_five_years
hs_recurring_billing_period | Term | string |
hs_recurring_billing_start_date | Start date | date |
tax | Tax | number |
"""

PRODUCTS = f"""{_PRICES}
hs_folder_id | Folder | number |
hs_folder_name | Folder name | string | ro
hs_avatar_filemanager_key | Avatar FileManager key | string | ro
"""

LINE_ITEMS = f"""{_PRICES}
quantity | Quantity | number |
amount | Net price | number | ro
discount | Unit discount | number |
hs_discount_percentage | Discount percentage | number |
hs_product_id | Product ID | number |
hs_line_item_currency_code | Currency | enumeration |
= USD; EUR; GBP; CHF; JPY; CAD; AUD; INR; SEK; NOK; DKK; PLN; BRL; MXN
hs_position_on_quote | Position on quote | number |
hs_pre_discount_amount | Pre discount amount | number | ro
hs_total_discount | Total discount | number | ro
hs_margin | Margin | number | ro
hs_acv | Annual contract value | number | ro
hs_arr | Annual recurring revenue | number | ro
hs_mrr | Monthly recurring revenue | number | ro
hs_tcv | Total contract value | number | ro
hs_term_in_months | Term in months | number | ro
"""

QUOTES = """
hs_title | Quote name | string |
hs_expiration_date | Expiration date | datetime |
hs_status | Quote status | enumeration |
= DRAFT; PENDING_APPROVAL; APPROVAL_NOT_NEEDED; APPROVED; REJECTED
hs_currency | Currency | string |
hs_language | Language | enumeration |
= da; de; en; es; fi; fr; it; ja; nl; no; pl; pt; pt-br; sv; zh-cn; zh-tw
hs_locale | Locale | string |
hs_comments | Comments | string | html
hs_terms | Purchase terms | string | html
hs_sender_firstname | Sender first name | string |
hs_sender_lastname | Sender last name | string |
hs_sender_email | Sender email | string |
hs_sender_company_name | Sender company name | string |
hs_esign_enabled | E-signature enabled | bool |
hs_payment_enabled | Payment enabled | bool |
hs_template_type | Template type | enumeration | ro
hs_quote_amount | Quote amount | number | ro
hs_quote_number | Quote number | string | ro
hs_quote_link | Quote link | string | ro
hs_pdf_download_link | PDF download link | string | ro
hs_public_url_key | Public URL key | string | ro
"""

ORDERS = """
hs_order_name | Order name | string |
hs_external_order_id | External order ID | string |
hs_external_order_status | External order status | string |
hs_external_order_url | External order URL | string |
hs_external_cart_id | External cart ID | string |
hs_external_created_date | External created date | datetime |
hs_processed_date | Processed date | datetime |
hs_source_store | Source store | string |
hs_order_note | Order note | string | area
hs_order_discount | Order discount | number |
hs_discount_codes | Discount codes | string |
hs_currency_code | Currency code | enumeration |
= USD; EUR; GBP; CHF; JPY; CAD; AUD; INR; SEK; NOK; DKK; PLN; BRL; MXN
hs_subtotal_price | Subtotal price | number |
hs_total_price | Total price | number |
hs_tax | Tax | number |
hs_shipping_cost | Shipping cost | number |
hs_fulfillment_status | Fulfillment status | string |
hs_payment_status | Payment status | string |
hs_refund_amount | Refund amount | number |
hs_shipping_tracking_number | Shipping tracking number | string |
hs_shipping_address_name | Shipping name | string |
hs_shipping_address_street | Shipping street | string |
hs_shipping_address_city | Shipping city | string |
hs_shipping_address_state | Shipping state | string |
hs_shipping_address_postal_code | Shipping postal code | string |
hs_shipping_address_country | Shipping country | string |
hs_billing_address_name | Billing name | string |
hs_billing_address_email | Billing email | string |
hs_billing_address_street | Billing street | string |
hs_billing_address_city | Billing city | string |
hs_billing_address_postal_code | Billing postal code | string |
hs_billing_address_country | Billing country | string |
hs_pipeline | Pipeline | enumeration | place
hs_pipeline_stage | Pipeline stage | enumeration | place radio
"""

CARTS = """
hs_cart_name | Cart name | string |
hs_external_cart_id | External cart ID | string |
hs_external_status | External status | string |
hs_source_store | Source store | string |
hs_cart_url | Cart URL | string |
hs_cart_discount | Cart discount | number |
hs_currency_code | Currency code | string |
hs_subtotal_price | Subtotal price | number |
hs_total_price | Total price | number |
hs_tax | Tax | number |
hs_shipping_cost | Shipping cost | number |
hs_tags | Tags | string |
"""

INVOICES = """
hs_number | Invoice number | string |
hs_title | Title | string |
hs_currency | Currency | string |
hs_invoice_date | Invoice date | datetime |
hs_due_date | Due date | datetime |
hs_invoice_status | Invoice status | enumeration |
= draft; open; paid; voided
hs_amount_billed | Amount billed | number | ro
hs_balance_due | Balance due | number | ro
hs_comments | Comments | string | html
hs_purchase_order_number | Purchase order number | string |
"""

SUBSCRIPTIONS = """
hs_name | Subscription name | string |
hs_subscription_status | Status | enumeration | ro
hs_currency_code | Currency code | string | ro
hs_recurring_billing_start_date | Start date | date | ro
hs_next_payment_due_date | Next payment due date | date | ro
hs_recurring_revenue | Recurring revenue | number | ro
"""

COMMERCE_PAYMENTS = """
hs_initial_amount | Gross amount | number |
hs_initiated_date | Payment date | datetime |
hs_currency_code | Currency code | string |
hs_customer_email | Customer email | string |
hs_latest_status | Status | enumeration |
= succeeded; processing; failed; refunded; partially_refunded
hs_payment_method_type | Payment method | string |
hs_reference_number | Reference number | string |
"""

DISCOUNTS = """
hs_label | Label | string |
hs_type | Type | enumeration |
= FIXED; PERCENT
hs_value | Value | number |
hs_duration | Duration | enumeration |
= ONCE; FOREVER
hs_sort_order | Sort order | number |
"""

FEES = """
hs_label | Label | string |
hs_type | Type | enumeration |
= FIXED; PERCENT
hs_value | Value | number |
"""

TAXES = FEES
