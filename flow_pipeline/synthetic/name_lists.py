"""Names of Anyborough's people, by the culture a family comes from, commonest first.

Lists are compact and our own selection of widely borne names; the order gives the frequency.
English surnames are made longer by compounds of old place-name parts, as rare ones are.
"""

SURNAMES: dict[str, str] = {
    "english": """
    Smith Jones Taylor Brown Wilson Johnson Walker Wright Robinson Thompson White Hughes Green
    Hall Wood Harris Clarke Jackson Turner Hill Cooper Ward Morris Moore Clark Lee King Baker
    Harrison Allen Scott Parker Cook Bailey Bennett Carter Shaw Richardson Watson Young Marshall
    Ellis Mitchell Webb Chapman Rogers Foster Palmer Knight Mills Barker Matthews Holmes Stevens
    Hunt Dixon Fletcher Pearson Fisher Reynolds Barnes Dawson Butler Pearce Booth Gibson
    Lawrence Holland Bradley Hart Spencer Barrett Sutton Cole Potter Hawkins Oliver Fox
    Armstrong Porter Gardner Lowe Wells Hudson Nicholson Bates Newman Perkins Saunders Cox Page
    Poole Carr Burton Hodgson Long Brooks Goodwin Haywood Frost Sharp Sanders Thorpe Nash Hobbs
    Kirk Norris Bird Cross Doyle Skinner Lamb Osborne Bull Tyler Weaver Slater Parkin Rhodes
    Ogden Tempest Fawcett Garside Illingworth Sykes""",
    "scottish": """
    Campbell Stewart Robertson MacDonald Murray Reid Ross Graham Hamilton Kerr Fraser Gordon
    McKenzie Cameron Grant Duncan Ferguson Morrison Paterson Simpson McLean Sinclair Wallace
    Crawford Boyd Munro Sutherland Muir Rennie McIntyre Buchanan Drummond""",
    "welsh": """
    Davies Evans Thomas Roberts Lewis Edwards Williams Griffiths James Morgan Phillips Price
    Lloyd Owen Jenkins Rees Powell Howells Parry Bowen Pritchard Vaughan Llewellyn Gwynne
    Prosser Cadwallader Maddocks Tudor Beynon Probert""",
    "irish": """
    Murphy Kelly O'Brien Ryan O'Connor Walsh O'Neill Byrne McCarthy Gallagher Doherty Kennedy
    Lynch Quinn Moran Collins Daly Connolly O'Reilly Burke Nolan Brennan Fitzgerald Regan
    Donnelly Hogan Sheehan Ó'Sé MacMahon Duffy Keane Rafferty O'Shaughnessy""",
    "polish": """
    Nowak Kowalski Wiśniewski Wójcik Kowalczyk Kamiński Lewandowski Zieliński Szymański Woźniak
    Dąbrowski Kozłowski Jankowski Mazur Kwiatkowski Krawczyk Piotrowski Grabowski Pawłowski
    Michalski Zając Król Wieczorek Jabłoński Wróbel Majewski Olszewski Stępień Malinowski
    Jaworski Górski Rutkowski Sikora Baran Duda""",
    "european": """
    Popescu Ionescu Popa Dumitru Stan Silva Santos Ferreira Pereira Oliveira Costa Rossi Russo
    Ferrari Bianchi Esposito García Fernández González López Müller Schmidt Weber Dubois Lefèvre
    Papadopoulos Georgiou Ivanov Petrov Horváth Nagy Kazlauskas Ozols Novák""",
    "pakistani": """
    Khan Hussain Ahmed Ali Akhtar Mahmood Malik Iqbal Shah Mohammed Rehman Hassan Aslam Mirza
    Raja Butt Choudhry Sheikh Qureshi Javed Anwar Rashid Bashir Saleem Zaman Yousaf Farooq Nawaz
    Siddiqui Latif Younis Hanif Sharif Tariq""",
    "bangladeshi": """
    Rahman Islam Uddin Miah Chowdhury Hossain Alam Haque Khatun Sarkar Sultana Karim Kabir Molla
    Siddique Bhuiyan Talukdar Mia Choudhury Ullah""",
    "indian": """
    Patel Singh Kaur Sharma Kumar Shah Mistry Gill Desai Mehta Chauhan Joshi Gupta Parmar
    Dhillon Rai Sandhu Grewal Bhatt Solanki Chopra Verma Reddy Nair Iyer Pillai Menon Bains
    Sahota Lad Tailor Rao Agarwal Banerjee""",
    "west_african": """
    Mensah Okafor Adeyemi Boateng Owusu Osei Adebayo Okonkwo Eze Asante Appiah Ogunleye Nwosu
    Balogun Agyeman Addo Okoro Ibrahim Amoah Oladipo Chukwu Nwachukwu Sesay Kamara Bangura
    Diallo Traoré Afolabi Akinola Olawale Onyekachi Danquah""",
    "east_african": """
    Mohamed Abdi Ali Hassan Ahmed Omar Warsame Farah Jama Tesfaye Haile Gebremariam Kidane
    Mwangi Otieno Nakato Okello Moyo Ndlovu Chikwanha Dube Sibanda""",
    "caribbean": """
    Campbell Brown Williams Grant Francis Gordon Clarke Bailey Reid Morgan Samuels Stewart
    Morrison Edwards Powell Lewis Blake Henry Douglas Thompson Wallace Simpson Gayle Blackwood
    Joseph Charles Baptiste Alleyne Braithwaite Worrell""",
    "chinese": """
    Wang Li Zhang Chen Liu Wong Chan Yang Huang Lin Zhao Wu Zhou Cheung Lam Leung Xu Sun Ng Ho
    Tang Lau Yip Kwok Tsang""",
    "arabic": """
    Al-Hassan Ibrahim Mahmoud Abdullah Saleh Hamdan Al-Masri Haddad Khalil Mansour Nasser
    Youssef Al-Khatib Karimi Hosseini Rahimi Ahmadi Barzani Kurdi Aziz Najjar El-Sayed Bakr
    Darwish""",
}
SURNAME_STARTS = (
    "Ash Black Brad Brough Clay Crans Dun Ecc Farn Green Hains Hather Hey Holl Kirk Langs Lever "
    "Long Marl Nor Oak Pem Rams Red Rush Sed Shel Stan Sut Thorn Tod Under Wad West Whit Win "
    "Wool Wor"
)
SURNAME_ENDS = (
    "bottom borough bury by den dale field ford ham hurst ley man shaw son stall ton well wick "
    "wood worth"
)

FEMALE: dict[str, str] = {
    "english_old": """
    Margaret Mary Joan Jean Patricia Dorothy Sheila Barbara Doreen Maureen Kathleen Joyce
    Shirley Betty Brenda Audrey Eileen Beryl Hilda Edna Elizabeth Pauline Marjorie Irene Vera
    Sylvia Rita Norma Elsie Ethel Winifred Muriel June Pamela Freda Gladys""",
    "english_mid": """
    Susan Christine Linda Carol Jacqueline Julie Karen Deborah Tracey Sharon Janet Helen Jane
    Alison Angela Elizabeth Lesley Diane Gillian Lorraine Michelle Sarah Anne Catherine Wendy
    Dawn Amanda Kim Beverley Nicola Joanne Lynn Paula Teresa Maria Sandra Hilary Denise""",
    "english_young": """
    Emma Laura Rebecca Gemma Charlotte Hannah Jessica Lauren Sophie Amy Chloe Emily Katie Rachel
    Samantha Stephanie Victoria Danielle Bethany Abigail Jade Natasha Kirsty Zoe Leanne Georgia
    Megan Lucy Eleanor Jennifer Kelly Holly Natalie Alice Siân Zoë""",
    "english_child": """
    Olivia Amelia Isla Ava Ivy Lily Freya Florence Mia Willow Rosie Sophia Isabella Grace Daisy
    Sienna Poppy Elsie Emily Ella Evelyn Phoebe Evie Charlotte Harper Millie Matilda Maya Ada
    Penelope Luna Chloë Niamh Erin Thea Maisie""",
    "irish": """
    Bridget Siobhán Aoife Niamh Sinéad Orla Maeve Gráinne Deirdre Róisín Ciara Eileen Nora Nuala""",
    "welsh": """
    Siân Megan Bethan Rhiannon Carys Angharad Nia Cerys Ffion Gwen Eleri Menna Olwen Mair""",
    "polish": """
    Anna Agnieszka Katarzyna Małgorzata Joanna Monika Magdalena Ewa Zofia Aleksandra Natalia
    Karolina Beata Zuzanna Julia Halina""",
    "european": """
    Maria Elena Ioana Andreea Ana Sofia Giulia Francesca Carmen Lucía Inês Hélène Ingrid Eleni
    Eva""",
    "pakistani": """
    Fatima Ayesha Zainab Maryam Saima Nasreen Shazia Rukhsana Samina Farzana Shabana Noor
    Khadija Amina Nazia Sadia Parveen Bushra Hafsa Aisha Iqra Rabia""",
    "bangladeshi": """
    Nasima Rahima Fatema Shirin Salma Jahanara Rokeya Taslima Sumaiya Nusrat Hasina Momena
    Afsana""",
    "indian": """
    Priya Anjali Manjit Harpreet Sunita Kavita Jasbir Amandeep Meena Geeta Neha Pooja Simran
    Kiran Lakshmi Deepa Shanta Nisha Reena Aarti Diya Anaya""",
    "west_african": """
    Blessing Grace Comfort Abena Ama Akosua Ngozi Chioma Funmilayo Folake Yetunde Esther Mercy
    Patience Adaeze Efua Kehinde Taiwo Temitope Amara""",
    "east_african": """
    Hodan Amina Fadumo Sahra Halima Hawa Selam Tigist Meron Wanjiru Tendai Rumbidzai Ruth""",
    "caribbean": """
    Beverley Yvonne Marcia Sonia Marlene Hyacinth Pearl Cynthia Shanice Chantelle Keisha Jade
    Monique Ebony Tanisha Paulette Icilda Myrtle Zara Kezia""",
    "chinese": "Mei Li Xiu Yan Jing Ling Fang Hui Wai Siu Ying Yuk Grace Michelle Jia Xin Min Lai",
    "arabic": """
    Fatima Layla Maryam Zahra Noor Hana Amal Rania Salma Samira Leila Yasmin Zeinab Huda Dina
    Shirin""",
}
MALE: dict[str, str] = {
    "english_old": """
    John William Ronald George Kenneth Derek Dennis Peter James Frank Raymond Thomas Arthur
    Albert Stanley Leslie Harold Eric Norman Gordon Roy Alan Ernest Fred Walter Douglas Robert
    Brian Gerald Geoffrey Donald Cyril Herbert Bernard Reginald Edward""",
    "english_mid": """
    David Paul Andrew Mark Stephen Michael Ian Robert Gary Richard Peter John Anthony
    Christopher Darren Kevin Martin Simon Philip Graham Nigel Colin Keith Neil Barry Steven
    Trevor Roger Alan Jonathan Malcolm Adrian Wayne Carl Stuart Timothy""",
    "english_young": """
    Daniel Matthew James Thomas Christopher Joshua Ryan Adam Luke Jack Michael Benjamin Samuel
    Joseph Liam Lee Craig Jordan Alexander Nathan Callum Kieran Scott Ashley Jamie Aaron Bradley
    Connor Lewis Dean William Robert Edward Oliver Charles Gareth""",
    "english_child": """
    Noah Oliver George Arthur Muhammad Leo Harry Jack Oscar Theo Freddie Archie Charlie Alfie
    Henry Theodore Luca Thomas Finley Jacob Logan William Isaac James Alexander Tommy Reuben
    Arlo Albie Zachary Rory Ethan Jude Roman Louie Elijah""",
    "irish": """
    Patrick Seán Michael Liam Declan Brendan Cormac Eoin Ciarán Niall Fergal Aidan Padraig
    Dermot""",
    "welsh": "Dafydd Rhys Owain Gareth Ieuan Emyr Dylan Huw Gwilym Aled Iwan Geraint Tomos Llŷr",
    "polish": """
    Piotr Krzysztof Andrzej Tomasz Paweł Michał Marcin Jakub Adam Łukasz Zbigniew Jan Szymon
    Wojciech Mateusz Grzegorz""",
    "european": """
    Andrei Mihai Ion João José Marco Giuseppe Luca António Stefan Hans François Nikos László
    Matas""",
    "pakistani": """
    Mohammed Muhammad Ahmed Imran Usman Bilal Tariq Asif Nadeem Zahid Shahid Hamza Yusuf Ibrahim
    Abdul Adeel Kamran Waqas Rashid Sajid Umar Faisal Haroon""",
    "bangladeshi": """
    Mohammed Abdul Md Rafiq Shah Kamal Jamal Anwar Faruk Habib Shafiq Tanvir Nazrul Sohel Rubel""",
    "indian": """
    Rajesh Suresh Amit Sanjay Vijay Gurpreet Harjit Jaswinder Balbir Ravi Anil Dinesh Kiran
    Arjun Rohan Mohan Manjit Surinder Ashok Nikhil Aarav Veer""",
    "west_african": """
    Emmanuel Samuel Daniel Kwame Kofi Kwabena Chukwuemeka Olusegun Oluwaseun Tunde Babatunde
    Ifeanyi Kwasi Yaw Michael Joseph Kehinde Taiwo Chinedu Adewale""",
    "east_african": """
    Mohamed Abdi Yusuf Hassan Abdirahman Dawit Yonas Samuel Kamau Tendai Tafadzwa Blessing Farai""",
    "caribbean": """
    Winston Delroy Leroy Clive Errol Trevor Desmond Michael Marlon Jermaine Tyrone Andre Kemar
    Dwayne Lloyd Neville Cecil Vernon Isaiah Malachi""",
    "chinese": "Wei Jun Ming Hao Kwok Chi Kin Lei Tao Jian Yong David Kevin Ka Wing Zhi Hong Feng",
    "arabic": """
    Mohammed Ahmad Ali Omar Hassan Hussein Khaled Mustafa Youssef Karim Tariq Samir Reza Amir
    Bilal Zaid""",
}

NICKNAMES: dict[str, tuple[str, ...]] = {
    "Margaret": ("Maggie", "Peggy", "Meg"), "Elizabeth": ("Liz", "Betty", "Beth"),
    "Patricia": ("Pat", "Trish"), "Dorothy": ("Dot", "Dolly"), "Kathleen": ("Kath", "Kathy"),
    "Susan": ("Sue",), "Christine": ("Chris",), "Jacqueline": ("Jackie",), "Deborah": ("Debbie",),
    "Catherine": ("Kate", "Cathy"), "Barbara": ("Barb",), "Pamela": ("Pam",), "Maureen": ("Mo",),
    "Rebecca": ("Becky",), "Jessica": ("Jess",), "Samantha": ("Sam",), "Victoria": ("Vicky",),
    "Abigail": ("Abi",), "Stephanie": ("Steph",), "Charlotte": ("Lottie",), "Eleanor": ("Ellie",),
    "Jennifer": ("Jenny",), "Olivia": ("Liv",), "Florence": ("Flo",), "Sandra": ("Sandy",),
    "William": ("Bill", "Will", "Billy"), "Robert": ("Bob", "Rob"), "James": ("Jim", "Jamie"),
    "John": ("Jack", "Johnny"), "Thomas": ("Tom", "Tommy"), "Edward": ("Ted", "Eddie"),
    "Kenneth": ("Ken",), "Ronald": ("Ron",), "Raymond": ("Ray",), "Frederick": ("Fred",),
    "David": ("Dave",), "Andrew": ("Andy",), "Stephen": ("Steve",), "Michael": ("Mick", "Mike"),
    "Christopher": ("Chris",), "Anthony": ("Tony",), "Richard": ("Dick", "Rick"),
    "Peter": ("Pete",), "Daniel": ("Dan",), "Matthew": ("Matt",), "Joshua": ("Josh",),
    "Benjamin": ("Ben",), "Samuel": ("Sam",), "Alexander": ("Alex",), "Timothy": ("Tim",),
    "Geoffrey": ("Geoff",), "Gerald": ("Gerry",), "Philip": ("Phil",), "Joseph": ("Joe",),
    "Albert": ("Bert",), "Leslie": ("Les",), "Stanley": ("Stan",), "Theodore": ("Theo",),
    "Oluwaseun": ("Seun",), "Chukwuemeka": ("Emeka",), "Babatunde": ("Tunde",),
    "Patrick": ("Paddy", "Pat"), "Bridget": ("Bridie",), "Krzysztof": ("Chris",),
    "Katarzyna": ("Kasia",), "Małgorzata": ("Gosia",), "Aleksandra": ("Ola",),
    "Harpreet": ("Harry",), "Abdirahman": ("Abdi",), "Jonathan": ("Jon",), "Nicola": ("Nicky",),
}  # fmt: skip

VARIANT_GROUPS: tuple[tuple[str, ...], ...] = (
    ("Mohammed", "Muhammad", "Mohamed", "Mohammad", "Mohamad"),
    ("Hussain", "Hussein", "Husain", "Hossain"),
    ("Ahmed", "Ahmad", "Ahmet"),
    ("Choudhry", "Chowdhury", "Choudhury", "Chaudhry"),
    ("Sheikh", "Shaikh", "Shaik"),
    ("Rehman", "Rahman", "Raheman"),
    ("Iqbal", "Ikbal"),
    ("Yousaf", "Yusuf", "Youssef", "Yousef"),
    ("Siddiqui", "Siddique", "Siddiqi"),
    ("Uddin", "Udin", "Ud-Din"),
    ("Miah", "Mia"),
    ("Fatima", "Fatema", "Fathima"),
    ("Ayesha", "Aisha", "Aysha"),
    ("Zainab", "Zeinab", "Zaynab"),
    ("Maryam", "Mariam", "Miriam"),
    ("Qureshi", "Quraishi"),
    ("Mahmood", "Mahmoud", "Mehmood"),
    ("Abdullah", "Abdulla"),
    ("Al-Hassan", "Alhassan", "El Hassan"),
    ("Al-Masri", "Elmasry"),
    ("Wong", "Wang", "Huang"),
    ("Li", "Lee"),
    ("Cheung", "Zhang", "Chang"),
    ("Chan", "Chen"),
    ("Okonkwo", "Okonkwor"),
    ("Catherine", "Katherine", "Kathryn"),
    ("Stephen", "Steven"),
    ("Geoffrey", "Jeffrey"),
    ("Ann", "Anne"),
    ("Clarke", "Clark"),
    ("Thompson", "Thomson"),
    ("MacDonald", "McDonald", "Macdonald"),
    ("Reid", "Reed", "Read"),
    ("Phillips", "Philips"),
    ("Stewart", "Stuart"),
    ("Davies", "Davis"),
)
