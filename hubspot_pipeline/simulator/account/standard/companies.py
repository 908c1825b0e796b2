"""The properties of companies that come with HubSpot."""

COMPANIES = """
name | Company name | string |
domain | Company Domain Name | string |
hs_additional_domains | Additional Domains | enumeration | ro multi
website | Website URL | string |
phone | Phone Number | string | phone
description | Description | string | area
about_us | About Us | string | area
address | Street Address | string |
address2 | Street Address 2 | string |
city | City | string |
state | State/Region | string |
zip | Postal Code | string |
country | Country/Region | string |
hs_country_code | Country/Region Code | string |
hs_state_code | State/Region Code | string |
timezone | Time Zone | string |
industry | Industry | enumeration |
= ACCOUNTING; AIRLINES_AVIATION; ALTERNATIVE_DISPUTE_RESOLUTION; ALTERNATIVE_MEDICINE; ANIMATION
= APPAREL_FASHION; ARCHITECTURE_PLANNING; ARTS_AND_CRAFTS; AUTOMOTIVE; AVIATION_AEROSPACE; BANKING
= BIOTECHNOLOGY; BROADCAST_MEDIA; BUILDING_MATERIALS; BUSINESS_SUPPLIES_AND_EQUIPMENT
= CAPITAL_MARKETS; CHEMICALS; CIVIC_SOCIAL_ORGANIZATION; CIVIL_ENGINEERING; COMMERCIAL_REAL_ESTATE
= COMPUTER_NETWORK_SECURITY; COMPUTER_GAMES; COMPUTER_HARDWARE; COMPUTER_NETWORKING
= COMPUTER_SOFTWARE; INTERNET; CONSTRUCTION; CONSUMER_ELECTRONICS; CONSUMER_GOODS
= CONSUMER_SERVICES; COSMETICS; DAIRY; DEFENSE_SPACE; DESIGN; EDUCATION_MANAGEMENT; E_LEARNING
= ELECTRICAL_ELECTRONIC_MANUFACTURING; ENTERTAINMENT; ENVIRONMENTAL_SERVICES; EVENTS_SERVICES
= EXECUTIVE_OFFICE; FACILITIES_SERVICES; FARMING; FINANCIAL_SERVICES; FINE_ART; FISHERY
= FOOD_BEVERAGES; FOOD_PRODUCTION; FUND_RAISING; FURNITURE; GAMBLING_CASINOS
= GLASS_CERAMICS_CONCRETE; GOVERNMENT_ADMINISTRATION; GOVERNMENT_RELATIONS; GRAPHIC_DESIGN
= HEALTH_WELLNESS_AND_FITNESS; HIGHER_EDUCATION; HOSPITAL_HEALTH_CARE; HOSPITALITY
= HUMAN_RESOURCES; IMPORT_AND_EXPORT; INDIVIDUAL_FAMILY_SERVICES; INDUSTRIAL_AUTOMATION
= INFORMATION_SERVICES; INFORMATION_TECHNOLOGY_AND_SERVICES; INSURANCE; INTERNATIONAL_AFFAIRS
= INTERNATIONAL_TRADE_AND_DEVELOPMENT; INVESTMENT_BANKING; INVESTMENT_MANAGEMENT; JUDICIARY
= LAW_ENFORCEMENT; LAW_PRACTICE; LEGAL_SERVICES; LEGISLATIVE_OFFICE; LEISURE_TRAVEL_TOURISM
= LIBRARIES; LOGISTICS_AND_SUPPLY_CHAIN; LUXURY_GOODS_JEWELRY; MACHINERY; MANAGEMENT_CONSULTING
= MARITIME; MARKET_RESEARCH; MARKETING_AND_ADVERTISING; MECHANICAL_OR_INDUSTRIAL_ENGINEERING
= MEDIA_PRODUCTION; MEDICAL_DEVICES; MEDICAL_PRACTICE; MENTAL_HEALTH_CARE; MILITARY; MINING_METALS
= MOTION_PICTURES_AND_FILM; MUSEUMS_AND_INSTITUTIONS; MUSIC; NANOTECHNOLOGY; NEWSPAPERS
= NON_PROFIT_ORGANIZATION_MANAGEMENT; OIL_ENERGY; ONLINE_MEDIA; OUTSOURCING_OFFSHORING
= PACKAGE_FREIGHT_DELIVERY; PACKAGING_AND_CONTAINERS; PAPER_FOREST_PRODUCTS; PERFORMING_ARTS
= PHARMACEUTICALS; PHILANTHROPY; PHOTOGRAPHY; PLASTICS; POLITICAL_ORGANIZATION
= PRIMARY_SECONDARY_EDUCATION; PRINTING; PROFESSIONAL_TRAINING_COACHING; PROGRAM_DEVELOPMENT
= PUBLIC_POLICY; PUBLIC_RELATIONS_AND_COMMUNICATIONS; PUBLIC_SAFETY; PUBLISHING
= RAILROAD_MANUFACTURE; RANCHING; REAL_ESTATE; RECREATIONAL_FACILITIES_AND_SERVICES
= RELIGIOUS_INSTITUTIONS; RENEWABLES_ENVIRONMENT; RESEARCH; RESTAURANTS; RETAIL
= SECURITY_AND_INVESTIGATIONS; SEMICONDUCTORS; SHIPBUILDING; SPORTING_GOODS; SPORTS
= STAFFING_AND_RECRUITING; SUPERMARKETS; TELECOMMUNICATIONS; TEXTILES; THINK_TANKS; TOBACCO
= TRANSLATION_AND_LOCALIZATION; TRANSPORTATION_TRUCKING_RAILROAD; UTILITIES
= VENTURE_CAPITAL_PRIVATE_EQUITY; VETERINARY; WAREHOUSING; WHOLESALE; WINE_AND_SPIRITS; WIRELESS
= WRITING_AND_EDITING; MOBILE_GAMES
numberofemployees | Number of Employees | number |
annualrevenue | Annual Revenue | number |
founded_year | Year Founded | string |
is_public | Is Public | bool |
total_money_raised | Total Money Raised | string |
web_technologies | Web Technologies | enumeration | ro multi
type | Type | enumeration |
= PROSPECT; PARTNER; RESELLER; VENDOR; OTHER
hs_lead_status | Lead Status | enumeration | radio
= NEW; OPEN; IN_PROGRESS; OPEN_DEAL; UNQUALIFIED; ATTEMPTED_TO_CONTACT; CONNECTED; BAD_TIMING
hs_ideal_customer_profile | Ideal Customer Profile Tier | enumeration |
= tier_1; tier_2; tier_3
hs_is_target_account | Target Account | bool |
hs_employee_range | Employee range | enumeration | ro
hs_revenue_range | Revenue range | enumeration | ro
hs_keywords | Company Keywords | enumeration | ro multi
hs_industry_group | Industry group | enumeration | ro multi
hs_logo_url | Logo URL | string |
hs_quick_context | Quick context | string | ro
linkedin_company_page | LinkedIn Company Page | string |
linkedinbio | LinkedIn Bio | string |
facebook_company_page | Facebook Company Page | string |
facebookfans | Facebook Fans | number |
twitterhandle | Twitter Handle | string |
twitterbio | Twitter Bio | string |
twitterfollowers | Twitter Followers | number |
googleplus_page | Google Plus Page | string |
owneremail | HubSpot Owner Email (legacy) | string |
ownername | HubSpot Owner Name (legacy) | string |
hs_parent_company_id | Parent Company | number | ro
hs_num_child_companies | Number of child companies | number | ro
closedate | Close Date | datetime |
days_to_close | Days to Close | number | ro
first_contact_createdate | First Contact Create Date | datetime | ro
first_conversion_date | First Conversion Date | datetime | ro
first_deal_created_date | First Deal Created Date | datetime | ro
hs_analytics_source | Original Traffic Source | enumeration |
= ORGANIC_SEARCH; PAID_SEARCH; EMAIL_MARKETING; SOCIAL_MEDIA; REFERRALS; OTHER_CAMPAIGNS
= DIRECT_TRAFFIC; OFFLINE; PAID_SOCIAL
hs_analytics_num_page_views | Number of Pageviews | number | ro
hs_analytics_num_visits | Number of Sessions | number | ro
hs_num_open_deals | Number of open deals | number | ro
hs_num_decision_makers | Number of decision makers | number | ro
hs_pipeline | Pipeline | enumeration | ro
hs_target_account_probability | Target Account Probability | number | ro
hs_total_deal_value | Total open deal value | number | ro
notes_last_contacted | Last Contacted | datetime | ro
notes_last_updated | Last Activity Date | datetime | ro
notes_next_activity_date | Next Activity Date | datetime | ro
num_associated_contacts | Number of Associated Contacts | number | ro
num_associated_deals | Number of Associated Deals | number | ro
num_notes | Number of Sales Activities | number | ro
recent_deal_amount | Recent Deal Amount | number | ro
recent_deal_close_date | Recent Deal Close Date | datetime | ro
total_revenue | Total Revenue | number | ro
"""
